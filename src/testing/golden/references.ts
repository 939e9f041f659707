import type { GivenOptions } from '../../base/options.js';
import { resizeBilinear } from '../../tensor/resize.js';
import type { Tensor } from '../../tensor/tensor.js';

/** How Sightline makes a reference attribution, or why it deliberately does not. */
export type Reference =
  | {
      readonly method: string;
      readonly options?: GivenOptions;
      /** Options that are arrays of the reference data, by file: relative to the model's folder. */
      readonly arrays?: Readonly<Record<string, string>>;
      /** Options that the reference's own parameters hold. */
      readonly params?: Readonly<Record<string, string>>;
      /** From our map to what the peer's file holds. */
      readonly into?: (map: Tensor, reference: Tensor) => Tensor;
      readonly upToSign?: true;
      /** Models on which the peer's own numbers are wrong, and why: ours must differ there. */
      readonly wrongOn?: { readonly models: readonly string[]; readonly why: string };
    }
  | { readonly not: string };

const raw = { relu: false, upsample: 'none' };
const noise = { noise: 'aux/smoothgrad_noise.npy' };

/** pytorch-grad-cam's last steps: to [0, 1], to the input's size, and to [0, 1] again. */
const scaledAndResized = (map: Tensor, { shape }: Tensor) =>
  toUnitRange(resizeBilinear(toUnitRange(map), shape.at(-2)!, shape.at(-1)!));

const epsilon = (value: number) => ({ composite: 'epsilon', epsilon: value });
const composites = [
  'zplus',
  'alpha2-beta1',
  'alpha1-beta0',
  'wsquare',
  'flat',
  'epsilon-plus',
  'epsilon-plus-flat',
  'epsilon-alpha2-beta1',
];

const wrongPooling = {
  models: ['vgg', 'resnet18t'],
  why: "stock Captum's multipliers of max-pooling never reach a rectifier right before it; its repaired numbers match",
};
const baselines = { baselines: 'aux/baselines.npy' };
const bySegment = 'its values by segment are compared in attribution/surrogate/golden.test.ts';

/** pytorch-grad-cam scales each map to [0, 1]. */
function toUnitRange({ data, shape }: Tensor): Tensor {
  const size = data.length / shape[0]!;
  const out = new Float32Array(data.length);
  for (let from = 0; from < data.length; from += size) {
    const part = data.subarray(from, from + size);
    const [low, high] = [Math.min(...part), Math.max(...part)];
    for (const [i, value] of part.entries()) out[from + i] = (value - low) / (1e-7 + high - low);
  }
  return { data: out, shape };
}

export const references: Readonly<Record<string, Reference>> = {
  saliency_signed: { method: 'gradient' },
  saliency_abs: { method: 'gradient', options: { absolute: true } },
  input_x_gradient: { method: 'input-x-gradient' },
  ...Object.fromEntries(
    ['trapezoid', 'middle', 'left', 'right'].map((rule) => [
      `ig_${rule}32`,
      { method: 'integrated-gradients', options: { steps: 32, rule } },
    ]),
  ),
  ig_gausslegendre32: { method: 'integrated-gradients', options: { steps: 32 } },
  guided_backprop: { method: 'guided-backprop' },
  zennit_guided_backprop: { method: 'guided-backprop' },
  deconvolution: { method: 'deconvolution' },
  zennit_deconvnet: { method: 'deconvolution' },
  noisetunnel_smoothgrad_saliency_signed: { method: 'smoothgrad', arrays: noise },
  noisetunnel_smoothgrad_sq_saliency_signed: { method: 'smoothgrad-squared', arrays: noise },
  noisetunnel_vargrad_saliency_signed: { method: 'vargrad', arrays: noise },
  noisetunnel_smoothgrad_saliency_abs: { method: 'smoothgrad', options: { absolute: true }, arrays: noise },
  noisetunnel_smoothgrad_input_x_gradient: {
    method: 'smoothgrad',
    options: { of: 'input-x-gradient' },
    arrays: noise,
  },
  gradient_shap: {
    method: 'gradient-shap',
    arrays: { baselines: 'aux/baselines.npy' },
    params: { draws: 'draws' },
  },
  gradcam_raw: { method: 'gradcam', options: raw },
  gradcam_relu: { method: 'gradcam', options: { upsample: 'none' } },
  gradcam_relu_up_bilinear: { method: 'gradcam' },
  gradcam_relu_up_nearest: { method: 'gradcam', options: { upsample: 'nearest' } },
  guided_gradcam_nearest: { method: 'guided-gradcam', options: { upsample: 'nearest' } },
  guided_gradcam_bilinear: { method: 'guided-gradcam', options: { upsample: 'bilinear' } },
  pgc_gradcam_raw: { method: 'gradcam', options: raw },
  pgc_gradcam_pp_raw: { method: 'gradcam++', options: raw },
  pgc_layercam_raw: { method: 'layercam', options: raw },
  pgc_hirescam_raw: { method: 'hirescam', options: raw },
  pgc_xgradcam_raw: { method: 'xgradcam', options: raw },
  pgc_gradcam_elementwise_raw: { method: 'gradcam-elementwise', options: raw },
  pgc_eigencam_raw: { method: 'eigencam', options: raw, upToSign: true },
  pgc_eigengradcam_raw: { method: 'eigengradcam', options: raw, upToSign: true },
  pgc_scorecam_raw: { method: 'scorecam', options: raw },
  occlusion: { method: 'occlusion', options: { window: 8, stride: 4 } },
  occlusion_w7_s5: { method: 'occlusion', options: { window: 7, stride: 5, baseline: 0.25 } },
  attention_probs: { method: 'raw-attention', options: { output: 'probabilities' } },
  attention_rollout: { method: 'attention-rollout' },
  attention_rollout_chefer_own_model: { method: 'attention-rollout' },
  attention_rollout_no_row_norm: { method: 'attention-rollout', options: { rowNormalise: false } },
  attention_rollout_head_max: { method: 'attention-rollout', options: { heads: 'max' } },
  attention_rollout_head_min: { method: 'attention-rollout', options: { heads: 'min' } },
  'attention_rollout_mean_discard0.5': { method: 'attention-rollout', options: { discard: 0.5 } },
  chefer_transformer_attribution: { method: 'transformer-attribution' },
  chefer_rollout: { method: 'transformer-attribution', options: { variant: 'rollout' } },
  chefer_last_layer: { method: 'transformer-attribution', options: { variant: 'last-layer' } },
  chefer_last_layer_attn: { method: 'raw-attention' },
  chefer_full: { method: 'transformer-attribution', options: { variant: 'full' } },
  generic_attention_chefer2021b: { method: 'generic-attention' },
  attention_gradcam: { method: 'attention-gradcam' },
  ...Object.fromEntries(
    ['gradcam', 'hirescam', 'layercam'].map((name) => [
      `pgc_${name}_ln1_final`,
      { method: name, into: toUnitRange },
    ]),
  ),
  ...Object.fromEntries(
    ['gradcam', 'layercam', 'hirescam', 'xgradcam', 'scorecam', 'ablationcam'].map((name) => [
      `pgc_${name}_final`,
      { method: name, options: { upsample: 'none' }, into: scaledAndResized },
    ]),
  ),
  pgc_gradcam_pp_final: { method: 'gradcam++', options: { upsample: 'none' }, into: scaledAndResized },
  pgc_gradcam_elementwise_final: {
    method: 'gradcam-elementwise',
    options: { upsample: 'none' },
    into: scaledAndResized,
  },
  pgc_eigencam_final: { not: 'what rectifying leaves depends on the arbitrary sign of a singular vector' },
  pgc_eigengradcam_final: {
    not: 'what rectifying leaves depends on the arbitrary sign of a singular vector',
  },
  ...Object.fromEntries(
    composites.map((composite) => [
      `lrp_${composite.replaceAll('-', '_')}`,
      { method: 'lrp', options: { composite } },
    ]),
  ),
  'lrp_epsilon_1e-6': { method: 'lrp', options: epsilon(1e-6) },
  'lrp_epsilon_0.25': { method: 'lrp', options: epsilon(0.25) },
  'lrp_epsilon_0.01_zero_bias': { method: 'lrp', options: { ...epsilon(0.01), zeroBias: true } },
  'lrp_gamma_0.25': { method: 'lrp', options: { composite: 'gamma' } },
  lrp_epsilon_gamma_box: { method: 'lrp', options: { composite: 'epsilon-gamma-box', low: -1.5, high: 3 } },
  captum_lrp_default: { method: 'lrp', options: epsilon(1e-9) },
  zennit_excitation_backprop: { method: 'excitation-backprop' },
  deeplift_rescale: { method: 'deeplift', wrongOn: wrongPooling },
  deeplift_rescale_b05: { method: 'deeplift', options: { baseline: 0.5 }, wrongOn: wrongPooling },
  deeplift_rescale_fixed: { method: 'deeplift' },
  deeplift_rescale_fixed_b05: { method: 'deeplift', options: { baseline: 0.5 } },
  deeplift_shap: { method: 'deeplift-shap', arrays: baselines, wrongOn: wrongPooling },
  deeplift_shap_fixed: { method: 'deeplift-shap', arrays: baselines },
  rise: { not: 'its masks are too large to keep: rise.test.ts makes them again from their grids' },
  feature_ablation: { method: 'feature-ablation' },
  feature_ablation_grid: { method: 'feature-ablation', arrays: { segments: 'aux/grid_4x4.npy' } },
  shapley_exact_4x4: { not: bySegment },
  shapley_exact_2x5: { not: bySegment },
  shapley_exact_rows8: { not: bySegment },
  shapley_value_sampling_10: { not: bySegment },
  lime_4x4: { not: bySegment },
  lime_2x5: { not: bySegment },
  haufe_pattern: {
    not: 'its file is of 3000 inputs, of which 1000 are stored; theirs are compared in attribution/pattern/pattern.test.ts',
  },
};
