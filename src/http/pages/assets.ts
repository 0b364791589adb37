import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { favicon } from './icons.ts';
import { baseStyle } from './style/base.ts';
import { chartsStyle } from './style/charts.ts';
import { layoutStyle } from './style/layout.ts';
import { partsStyle } from './style/parts.ts';

/** A file that pages refer to. Its path holds a digest of it, so that browsers keep it and never show an old one. */
interface Asset {
  readonly path: string;
  readonly type: string;
  readonly body: string;
}

const digestChars = 12;

function asset(name: string, extension: string, type: string, body: string): Asset {
  const digest = createHash('sha256').update(body).digest('hex').slice(0, digestChars);
  return { path: `/assets/${name}-${digest}.${extension}`, type, body };
}

// Compiled beside this file; debuggers alone would ask for its source map, which is not served.
const script = readFileSync(new URL('./client/live.js', import.meta.url), 'utf8').replace(
  /^\/\/# sourceMappingURL=.*$/m,
  '',
);

/** All that pages load: one style sheet, one script and the icon of the tab. */
export const assets = {
  style: asset('page', 'css', 'text/css; charset=utf-8', [baseStyle, layoutStyle, partsStyle, chartsStyle].join('')),
  script: asset('live', 'js', 'text/javascript; charset=utf-8', script),
  favicon: asset('icon', 'svg', 'image/svg+xml', favicon),
} as const satisfies Readonly<Record<string, Asset>>;

/** Serves them, to everybody: there is nothing in them but this program's own looks. */
export function addAssets(app: FastifyInstance): void {
  for (const { path, type, body } of Object.values(assets)) {
    app.get(path, (_request, reply) =>
      reply.type(type).header('cache-control', 'public, max-age=31536000, immutable').send(body),
    );
  }
}
