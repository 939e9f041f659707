import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { unsupported } from '../base/errors.js';
import { safe, scriptJson } from '../figures/plotly.js';
import type { Graph } from '../graph/graph.js';
import { formatOnnx } from '../graph/write.js';
import type { Classifier } from '../model/classifier.js';
import { checkNormalised } from '../model/normalisation.js';
import { pageScript } from './page-script.js';

const packed = (bytes: Uint8Array | string): string => gzipSync(bytes, { level: 9 }).toString('base64');

/** A file of onnxruntime-web, which runs graphs as WebAssembly. */
const runtime = (file: string): Uint8Array =>
  readFileSync(join(dirname(createRequire(__filename).resolve('onnxruntime-web')), file));

/**
 * A page that holds an exported graph and onnxruntime-web (about 6 MB): it shows prediction and map of the
 * images that are dropped on it, and sends nothing anywhere. Throws where the model takes no images, or where
 * nothing tells how they are normalised.
 */
export function explanationPage(graph: Graph, model: Classifier, title: string): string {
  const { input, classes } = model;
  const { shape, layout } = input;
  if (layout === 'other' || shape.length !== 3)
    throw unsupported(`${model.name}: a page shows images; the model takes inputs of shape [N,${shape}]`);
  checkNormalised(model);
  const [channels, height, width] = layout === 'NCHW' ? shape : [shape[2], shape[0], shape[1]];
  const facts = {
    ...{ input: input.name, layout, channels, height, width, classes },
    normalisation: input.normalisation,
    scores: graph.outputs[0]!.name,
    outputs: graph.outputs.map(({ name }) => name),
    chooses: graph.inputs.length > 1,
  };
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${safe(title)}</title>
<style>${style}</style></head>
<body><h1>${safe(title)}</h1>
<p>Drop an image anywhere on this page, or choose one: <input type="file" id="file" accept="image/*">
It is read in this browser and sent nowhere.</p>
<p id="state" role="status">Preparing the model ...</p>
<main id="result" hidden><canvas id="picture"></canvas>
<section><label>Map <input type="range" id="share" min="0" max="1" step="0.05" value="0.6"></label>
<p>Red speaks for, blue against what is explained.</p><table id="scores"></table></section></main>
<script>${pageScript}
explainImages(${scriptJson(facts)}, {
  runtime: '${packed(runtime('ort.wasm.bundle.min.mjs'))}',
  wasm: '${packed(runtime('ort-wasm-simd-threaded.wasm'))}',
  model: '${packed(formatOnnx(graph))}',
});</script></body></html>
`;
}

const style = `body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 64rem; padding: 0 1rem; color: #222 }
main { display: flex; gap: 2rem; flex-wrap: wrap } main[hidden] { display: none }
canvas { width: 448px; max-width: 100%; image-rendering: auto; background: #eee }
table { border-collapse: collapse } td { padding: .15rem .8rem .15rem 0 } td + td { text-align: right; font-variant-numeric: tabular-nums }
tr.explained { font-weight: 600 } tr[tabindex] { cursor: pointer } tr[tabindex]:hover { background: #f2f2f2 }
body.over { outline: 3px dashed #888; outline-offset: -8px }`;
