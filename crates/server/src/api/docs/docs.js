// Shows the OpenAPI document. Everything is put into the page as text, never as markup.

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

const ERRORS = [
  ['invalid_argument', 400, 'The request can never succeed as it is'],
  ['unauthenticated', 401, 'No credentials, or unknown, expired or revoked ones'],
  ['permission_denied', 403, 'Known caller, but not allowed'],
  ['not_found', 404, 'No such thing'],
  ['method_not_allowed', 405, 'The path does not offer this method'],
  ['too_large', 413, 'Over a documented limit'],
  ['unsupported_media_type', 415, 'A content type or encoding that is not spoken here'],
  ['resource_exhausted', 429, 'A budget is spent; try again after Retry-After'],
  ['internal', 500, 'A defect of the server'],
  ['unavailable', 503, 'Starting, stopping or unable to write; try again after Retry-After'],
  ['deadline_exceeded', 504, 'The query ran over its time limit'],
];

function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** A text whose parts between backticks are code. */
function prose(text) {
  return (text ?? '').split('`').map((part, at) => (at % 2 === 1 ? element('code', {}, part) : part));
}

/** A schema as one short text: `Trace`, `string[]`, `number | null`. */
function typeName(schema) {
  if (!schema) return 'any';
  if (schema.$ref) return schema.$ref.split('/').pop();
  const parts = schema.oneOf ?? schema.anyOf;
  if (parts) return parts.map(typeName).join(' | ');
  if (schema.type === 'array') return `${typeName(schema.items)}[]`;
  if (Array.isArray(schema.type)) {
    return schema.type.map((type) => (type === 'array' ? `${typeName(schema.items)}[]` : type)).join(' | ');
  }
  return schema.type ?? 'any';
}

/** An example-like outline of a schema, references followed to a depth. */
function outline(schema, schemas, depth = 0) {
  const pad = '  '.repeat(depth);
  if (schema?.$ref) {
    const name = typeName(schema);
    return depth > 4 || !schemas[name] ? name : outline(schemas[name], schemas, depth);
  }
  if (schema?.type === 'array') return `[${outline(schema.items, schemas, depth)}, …]`;
  if (schema?.properties) {
    const required = new Set(schema.required ?? []);
    const lines = Object.entries(schema.properties).map(([name, property]) => {
      const optional = required.has(name) ? '' : '?';
      return `${pad}  ${name}${optional}: ${outline(property, schemas, depth + 1)}`;
    });
    return `{\n${lines.join('\n')}\n${pad}}`;
  }
  return typeName(schema);
}

function parameters(list) {
  const rows = list.map((parameter) =>
    element('tr', {},
      element('td', {}, parameter.name),
      element('td', {}, typeName(parameter.schema) + (parameter.required ? '' : ', optional')),
      element('td', {}, ...prose(parameter.description))));
  return element('table', {}, element('tbody', {}, ...rows));
}

function operation(method, path, item, schemas) {
  const section = element('section', { id: item.operationId },
    element('h3', {}, element('span', { class: `method ${method}` }, method.toUpperCase()), ` ${path}`),
    element('p', {}, ...prose(item.summary ?? item.description)));
  if (item.parameters?.length) section.append(element('h4', {}, 'Parameters'), parameters(item.parameters));
  for (const [type, media] of Object.entries(item.requestBody?.content ?? {})) {
    section.append(element('h4', {}, `Body, ${type}`), element('pre', {}, outline(media.schema, schemas)));
  }
  for (const [status, response] of Object.entries(item.responses ?? {})) {
    if (status === 'default') continue; // The problem document, which the section on errors describes.
    section.append(element('h4', {}, `${status}: `, ...prose(response.description)));
    for (const media of Object.values(response.content ?? {})) {
      if (status.startsWith('2')) section.append(element('pre', {}, outline(media.schema, schemas)));
    }
  }
  return section;
}

function errors() {
  const rows = ERRORS.map(([code, status, text]) =>
    element('tr', { id: `error-${code}` },
      element('td', {}, code), element('td', {}, String(status)), element('td', {}, text)));
  return element('section', { id: 'errors' },
    element('h3', {}, 'Errors'),
    element('p', {}, 'Every failure is a problem document (RFC 9457): type, title, status, code, detail, and where known hint, location and trace_id.'),
    element('table', {}, element('tbody', {}, ...rows)));
}

async function show() {
  const main = document.getElementById('main');
  const nav = document.getElementById('nav');
  const answer = await fetch('/api/openapi.json');
  const api = await answer.json();
  const schemas = api.components?.schemas ?? {};
  main.replaceChildren(
    element('h1', {}, `${api.info.title} API ${api.info.version}`),
    element('p', { class: 'dim' }, ...prose(api.info.description)),
    element('p', {}, element('a', { href: '/api/openapi.json' }, 'The OpenAPI document')));
  const groups = new Map();
  for (const [path, item] of Object.entries(api.paths)) {
    for (const method of METHODS.filter((name) => item[name])) {
      const tag = item[method].tags?.[0] ?? 'other';
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push([method, path, item[method]]);
    }
  }
  // What describes the API comes after the API.
  const isDocs = ([tag]) => Number(tag === 'docs');
  for (const [tag, operations] of [...groups].sort((a, b) => isDocs(a) - isDocs(b))) {
    nav.append(element('h2', {}, tag));
    for (const [method, path, item] of operations) {
      nav.append(element('a', { href: `#${item.operationId}` }, ...prose((item.summary ?? path).replace(/\.$/, ''))));
      main.append(operation(method, path, item, schemas));
    }
  }
  nav.append(element('h2', {}, 'errors'), element('a', { href: '#errors' }, 'Error codes'));
  main.append(errors());
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

show().catch((error) => {
  document.getElementById('main').replaceChildren(element('p', {}, `The document could not be read: ${error.message}`));
});
