import { cite } from '../../base/paper.js';
import { explainGames, gameOptions } from '../game/explain-game.js';
import { method } from '../method.js';

export const featureAblation = method({
  name: 'feature-ablation',
  family: 'perturbation',
  doc: 'What the target output loses when a part of the input is replaced by the baseline, at every value of that part.',
  paper: cite`Kokhlikyan, Miglani, Martin, et al. (2020). Captum: a unified and generic model interpretability library for PyTorch. arXiv:2009.07896`,
  options: gameOptions,
  maps: 'input',
  attribute: (request) =>
    explainGames(request, 'feature ablation', async ({ players, full, play }) => {
      const without = await play(players, (player, presence) => {
        presence.fill(1);
        presence[player] = 0;
      });
      return { worth: without.map((value) => full - value), evaluations: players };
    }),
});
