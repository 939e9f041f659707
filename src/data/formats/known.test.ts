import { describe, expect, it } from 'vitest';
import { temporaryTree } from '../../testing/tree.js';
import { readCoco } from './coco.js';
import { readCsvBoxes } from './csv.js';
import { jsonKind, xmlKind } from './known.js';
import { parseVoc } from './voc.js';

describe('annotations of other tools are known by their keys', () => {
  it.each<[string, unknown, RegExp | undefined]>([
    [
      'a circle of LabelMe',
      { shapes: [{ shape_type: 'circle' }], imagePath: 'a.png' },
      /LabelMe.*labelme2coco/,
    ],
    ['a VIA project', { _via_img_metadata: {} }, /VGG Image Annotator project/],
    ['VIA by image', { 'a.png1': { filename: 'a.png', regions: [] } }, /VGG Image Annotator JSON/],
    ['a VoTT project', { assets: {}, visitedTags: [] }, /VoTT/],
    ['GeoJSON of QuPath', { type: 'FeatureCollection', features: [] }, /QuPath/],
    ['Supervisely', { objects: [], size: {} }, /Supervisely/],
    ['Labelbox', [{ 'Labeled Data': 'x' }], /Labelbox/],
    ['detections', [{ image_id: 1, category_id: 1, bbox: [], score: 1 }], /COCO results/],
    ['bare annotations', [{ image_id: 1, category_id: 1, bbox: [] }], /bare list of annotations/],
    ['Create ML', [{ image: 'a.png', annotations: [] }], /Create ML/],
    ['Label Studio', [{ data: {}, annotations: [] }], /Label Studio/],
    ['Label Studio, its short form', [{ image: 'a', annotator: 1, annotation_id: 2 }], /Label Studio/],
    ['a list of QuPath', [{ type: 'Feature', geometry: {} }], /QuPath/],
    ['3D Slicer', { '@schema': 'x', markups: [] }, /3D Slicer/],
    [
      'the classes of Supervisely',
      { classes: [], tags: [], projectType: 'images' },
      /Supervisely.*no places/,
    ],
    ['MD.ai', { labelGroups: [], datasets: [] }, /MD\.ai/],
    ['Datumaro', { categories: {}, items: [] }, /Datumaro/],
    ['V7', { version: '2.0', item: {}, annotations: [] }, /V7/],
    ['volumes', { labels: {}, numTraining: 3, training: [] }, /list of volumes/],
    ['volumes of MONAI', { training: [{ image: 'a', label: 'b' }], validation: [] }, /list of volumes/],
    ['Kvasir-SEG', { a: { height: 1, width: 1, bbox: [] } }, /Kvasir-SEG/],
    [
      'panoptic COCO',
      { images: [], categories: [], annotations: [{ image_id: 1, segments_info: [] }] },
      /panoptic.*instances/,
    ],
    ['COCO captions', { images: [], annotations: [{ image_id: 1, caption: 'a' }] }, /caption/],
    ['COCO', { images: [], annotations: [], categories: [] }, undefined],
    ['something else', { a: 1 }, undefined],
    ['a text', 'shapes', undefined],
    ['nothing', null, undefined],
  ])('JSON: %s', (_, value, kind) => {
    const found = jsonKind(value);
    if (kind === undefined) expect(found).toBeUndefined();
    else expect(found).toMatch(kind);
  });

  it.each([
    ['annotations', /CVAT/],
    ['Annotations', /ImageScope/],
    ['ASAP_Annotations', /ASAP/],
    ['LidcReadMessage', /LIDC/],
    ['toString', undefined],
  ] as const)('XML: %s', (root, kind) => {
    const found = xmlKind({ [root]: {} });
    if (kind === undefined) expect(found).toBeUndefined();
    else expect(found).toMatch(kind);
  });

  it('and named where COCO or Pascal VOC was expected', async () => {
    const root = await temporaryTree({ 'a.json': '{"shapes": [], "imagePath": "a.png"}' });
    await expect(readCoco(`${root}/a.json`)).rejects.toThrow(/a\.json: it is a LabelMe annotation/);
    expect(() => parseVoc('<annotations><image/></annotations>', 'a.xml', 'inclusive')).toThrow(
      /a\.xml: it is CVAT for images XML/,
    );
  });

  it.each([
    [{ data_row: { id: 1 } }, /Labelbox/],
    [{ 'source-ref': 's3://a/b.png' }, /SageMaker/],
    [{ imageGcsUri: 'gs://a/b.png' }, /Vertex/],
    [{ other: 1 }, /JSON Lines/],
  ])('JSON Lines: %j', async (line, kind) => {
    const root = await temporaryTree({ 'a.json': `${JSON.stringify(line)}\n${JSON.stringify(line)}\n` });
    await expect(readCoco(`${root}/a.json`)).rejects.toThrow(kind);
  });

  it.each([
    ['filename,region_count,region_shape_attributes\na.png,0,{}', /VGG Image Annotator/],
    ['# Exported using VGG Image Annotator (http://a)\n# Notes:\n"1","[""a.png""]"', /VGG Image Annotator/],
    ['image,label\na.png,"[{""x"":1,""rectanglelabels"":[""cyst""]}]"', /'label' holds JSON.*Label Studio/],
    ['image,label\na.png,"{""choices"":[""a"",""b""]}"', /'label' holds JSON/],
    [
      'image,label,data\na.png,cyst,"{""x"": 1, ""y"": 2}"',
      /columns 'x', 'y', 'width', 'height' are missing/,
    ],
  ])('tables: %j', async (text, kind) => {
    const root = await temporaryTree({ 'a.csv': text });
    await expect(readCsvBoxes(`${root}/a.csv`, '')).rejects.toThrow(kind);
  });
});
