import http from '../core/http.js';

export async function licence(title, device) {
  const answer = await http.call('licences', `/licences/${title}?device=${device}`);
  return answer.json();
}
