// Playback tokens: title.expiry.signature, the expiry in seconds.

export class TokenError extends Error {
  static {
    this.prototype.name = 'TokenError';
  }
}

const decode = (part) => Buffer.from(part, 'base64url').toString();

const CLOCK_SKEW = 30;

export function verify(token, now) {
  const [title, expiry, signature] = token.split('.').map(decode);
  if (!signature) throw new TokenError(`token has no signature: ${token}`);
  if (Number(expiry) < now - CLOCK_SKEW)
    throw new TokenError(`token for ${title} expired ${now - expiry}s ago`);
  return title;
}
