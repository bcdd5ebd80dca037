const PATTERN = /^bytes=(\d+)-(\d*)$/;

class RangeNotSatisfiable extends RangeError {
  status = 416;
}

export const parseRange = (header, size) => {
  const [, first, last] = header.match(PATTERN);
  const [from, to] = [Number(first), last === '' ? size - 1 : Number(last)];
  if (from > to || to >= size)
    throw new RangeNotSatisfiable(`range ${from}-${to} of ${size} bytes`);
  return { from, to };
};
