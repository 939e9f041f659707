import type { GivenOptions } from '../../base/options.js';
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
    }
  | { readonly not: string };

const raw = { relu: false, upsample: 'none' };
const noise = { noise: 'aux/smoothgrad_noise.npy' };

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
  attention_rollout_no_row_norm: { method: 'attention-rollout', options: { 'row-normalise': false } },
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
};
