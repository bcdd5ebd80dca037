// The lines that make a program send its errors here, by language.
// Invariant: the data source name is the only thing that differs between servers.

export interface Sample {
  language: string;
  install: string;
  code: string;
}

export function samples(dsn: string): Sample[] {
  return [
    {
      language: "Python",
      install: "pip install sentry-sdk",
      code: `import sentry_sdk\n\nsentry_sdk.init(dsn="${dsn}")`,
    },
    {
      language: "Node",
      install: "npm install @sentry/node",
      code: `import * as Sentry from "@sentry/node";\n\nSentry.init({ dsn: "${dsn}" });`,
    },
    {
      language: "Rust",
      install: "cargo add sentry",
      code: `let _guard = sentry::init((\n    "${dsn}",\n    sentry::ClientOptions { release: sentry::release_name!(), ..Default::default() },\n));`,
    },
  ];
}
