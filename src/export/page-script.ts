/**
 * The script of a page of explanations, as the browser gets it. `window.sightline.explain(image, target)`
 * takes an ImageBitmap and resolves to the graph's outputs, for a page's own tests.
 */
export const pageScript = `'use strict';
function explainImages(facts, packed) {
  var find = function (id) { return document.getElementById(id); };
  var area = facts.height * facts.width;
  var shown;

  function unpacked(text) {
    var bytes = Uint8Array.from(atob(text), function (c) { return c.charCodeAt(0); });
    var stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
    return new Response(stream).arrayBuffer();
  }

  var ready = Promise.all([unpacked(packed.runtime), unpacked(packed.wasm), unpacked(packed.model)]).then(
    async function (parts) {
      var url = URL.createObjectURL(new Blob([parts[0]], { type: 'text/javascript' }));
      var ort = await import(url);
      URL.revokeObjectURL(url);
      ort.env.wasm.numThreads = 1;
      ort.env.wasm.wasmBinary = parts[1];
      var session = await ort.InferenceSession.create(new Uint8Array(parts[2]));
      return { ort: ort, session: session };
    }
  );

  // The pixels [C, H, W] in 0 to 1: grey by luminance where the model takes one channel.
  function pixelsOf(image) {
    var canvas = new OffscreenCanvas(image.width, image.height);
    var context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    var data = context.getImageData(0, 0, image.width, image.height).data;
    var count = image.width * image.height;
    var pixels = new Float32Array(facts.channels * count);
    for (var p = 0; p < count; p++) {
      var rgb = [data[4 * p] / 255, data[4 * p + 1] / 255, data[4 * p + 2] / 255];
      if (facts.channels === 1)
        pixels[p] = rgb[0] === rgb[1] && rgb[1] === rgb[2] ? rgb[0] : 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
      else for (var c = 0; c < 3; c++) pixels[c * count + p] = rgb[c];
    }
    return pixels;
  }

  // The pixels that each output pixel covers, weighted by a tent; bilinear where the image grows.
  function covers(from, to) {
    var scale = Math.max(1, from / to);
    return Array.from({ length: to }, function (_, i) {
      var centre = ((i + 0.5) * from) / to, sum = 0, parts = [];
      for (var at = Math.max(0, Math.floor(centre - scale + 0.5)); at < Math.min(from, Math.floor(centre + scale + 0.5)); at++) {
        var weight = Math.max(0, 1 - Math.abs((at + 0.5 - centre) / scale));
        parts.push({ at: at, weight: weight });
        sum += weight;
      }
      return parts.map(function (part) { return { at: part.at, weight: part.weight / sum }; });
    });
  }

  function inputOf(image) {
    var pixels = pixelsOf(image);
    var ys = covers(image.height, facts.height), xs = covers(image.width, facts.width);
    var out = new Float32Array(facts.channels * area);
    for (var c = 0; c < facts.channels; c++)
      for (var i = 0; i < facts.height; i++)
        for (var j = 0; j < facts.width; j++) {
          var value = 0;
          ys[i].forEach(function (y) {
            xs[j].forEach(function (x) { value += y.weight * x.weight * pixels[(c * image.height + y.at) * image.width + x.at]; });
          });
          var place = facts.layout === 'NCHW' ? c * area + i * facts.width + j : (i * facts.width + j) * facts.channels + c;
          out[place] = (value - facts.normalisation.mean[c]) / facts.normalisation.std[c];
        }
    return out;
  }

  async function explain(image, target) {
    var made = await ready;
    var shape = facts.layout === 'NCHW' ? [1, facts.channels, facts.height, facts.width] : [1, facts.height, facts.width, facts.channels];
    var feeds = {};
    feeds[facts.input] = new made.ort.Tensor('float32', inputOf(image), shape);
    if (facts.chooses) feeds.target = new made.ort.Tensor('int64', BigInt64Array.of(BigInt(target || 0)), [1]);
    var found = await made.session.run(feeds);
    return Object.fromEntries(facts.outputs.map(function (name) {
      return [name, { data: Array.from(found[name].data), shape: found[name].dims }];
    }));
  }

  // The map summed over channels, scaled so that its greatest size is 1.
  function heatOf(map) {
    var last = map.shape.length - 1;
    var inFront = map.shape[1] === 1 || facts.layout === 'NCHW';
    var size = inFront ? [map.shape[last - 1], map.shape[last]] : [map.shape[1], map.shape[2]];
    var count = size[0] * size[1];
    var channels = map.data.length / count;
    var heat = new Float64Array(count);
    map.data.forEach(function (value, i) { heat[inFront ? i % count : Math.floor(i / channels)] += value; });
    var most = heat.reduce(function (a, b) { return Math.max(a, Math.abs(b)); }, 0) || 1;
    return { height: size[0], width: size[1], values: heat.map(function (value) { return value / most; }) };
  }

  function draw() {
    var canvas = find('picture'), context = canvas.getContext('2d');
    canvas.width = shown.image.width;
    canvas.height = shown.image.height;
    context.drawImage(shown.image, 0, 0);
    var heat = heatOf(shown.found.map), own = new OffscreenCanvas(heat.width, heat.height);
    var pixels = new ImageData(heat.width, heat.height);
    heat.values.forEach(function (value, i) {
      pixels.data.set(value > 0 ? [200, 20, 20] : [30, 70, 200], 4 * i);
      pixels.data[4 * i + 3] = 255 * Math.abs(value) * find('share').value;
    });
    own.getContext('2d').putImageData(pixels, 0, 0);
    context.drawImage(own, 0, 0, canvas.width, canvas.height);
  }

  function tell(image, target) {
    var scores = shown.found.probability || shown.found[facts.scores];
    var table = find('scores');
    table.textContent = '';
    if (scores.shape.length !== 2) return;
    scores.data.forEach(function (score, k) {
      var row = table.insertRow();
      row.insertCell().textContent = scores.data.length === facts.classes.length ? facts.classes[k] : facts.scores + ' ' + k;
      row.insertCell().textContent = score.toFixed(3);
      if (facts.chooses && k === target) row.className = 'explained';
      if (!facts.chooses) return;
      row.tabIndex = 0;
      row.onclick = function () { show(image, k); };
      row.onkeydown = function (event) { if (event.key === 'Enter') show(image, k); };
    });
  }

  async function show(image, target) {
    find('state').textContent = 'Computing ...';
    try {
      var found = await explain(image, target);
      if (facts.chooses && target === undefined) {
        var scores = found[facts.scores].data;
        target = scores.indexOf(Math.max.apply(null, scores));
        if (target > 0) found = await explain(image, target);
      }
      shown = { image: image, found: found };
      find('result').hidden = false;
      draw();
      tell(image, target);
      find('state').textContent = 'What is explained has the value ' + found.value.data[0].toPrecision(4) + '.';
    } catch (error) {
      find('state').textContent = 'This failed: ' + error.message;
    }
  }

  async function open(file) {
    try {
      show(await createImageBitmap(file, { colorSpaceConversion: 'none', premultiplyAlpha: 'none' }));
    } catch (error) {
      find('state').textContent = file.name + ' is no image that this browser reads.';
    }
  }

  find('file').onchange = function () { if (this.files[0]) open(this.files[0]); };
  find('share').oninput = function () { if (shown) draw(); };
  document.body.ondragover = function (event) { event.preventDefault(); document.body.className = 'over'; };
  document.body.ondragleave = function () { document.body.className = ''; };
  document.body.ondrop = function (event) {
    event.preventDefault();
    document.body.className = '';
    if (event.dataTransfer.files[0]) open(event.dataTransfer.files[0]);
  };
  ready.then(
    function () { find('state').textContent = 'Ready.'; },
    function (error) { find('state').textContent = 'The model cannot be run here: ' + error.message; }
  );
  window.sightline = { explain: explain, ready: ready };
}`;
