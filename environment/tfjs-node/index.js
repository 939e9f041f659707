// danfojs-node asks for @tensorflow/tfjs-node, whose install needs a download; this stands in for it.
module.exports = require('@tensorflow/tfjs');
