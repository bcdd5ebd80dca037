// The importer of suppliers' price lists, as streams.
'use strict';

const { Transform } = require('node:stream');

const decoder = new TextDecoder('utf-8', { fatal: true });

function cents(text) {
  return BigInt(text);
}

function importRow(bytes) {
  const [sku, price, validFrom] = decoder.decode(bytes).split(';');
  return { sku, price: cents(price), validFrom: new Date(validFrom).toISOString() };
}

class Rows extends Transform {
  constructor() {
    super({ readableObjectMode: true });
  }

  _transform(chunk, _encoding, done) {
    let row;
    try {
      row = importRow(chunk);
    } catch (error) {
      return done(error);
    }
    done(null, row);
  }
}

function readHeader(bytes) {
  const length = bytes.readUInt8(0);
  return bytes.readUInt16BE(length);
}

const imageName = (encoded) => decodeURIComponent(encoded).toLowerCase();

module.exports = { importRow, Rows, readHeader, imageName };
