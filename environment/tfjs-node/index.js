// danfojs-node asks for @tensorflow/tfjs-node, whose install needs a download; this stands in for it.
function firstInstalled(names) {
  for (const name of names) {
    try {
      return require(name);
    } catch (error) {
      if (error.code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  throw new Error(`none of ${names.join(', ')} is installed`);
}

module.exports = firstInstalled(['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs']);
