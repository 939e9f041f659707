"""The zoo: each network with its smallest widths, and what is known of it beforehand.

`layers`: where Grad-CAM may look by default, the last maps or tokens on every way to the head (`>path`: what goes
into a module; none: what timm's `forward_features` gives). `channels`: attention blocks among channels, of which no
token attends to another. `quantise`: to quantise the file too, with the value at which Grad-CAM looks in it.
"""

import sys
import types
from dataclasses import dataclass
from typing import Callable

# A build of torch without torchvision's operators can't register their shapes; no classifier needs them.
sys.modules["torchvision._meta_registrations"] = types.ModuleType("_meta_registrations")

import timm
import torch
import torchvision.models as tv


@dataclass
class Network:
    name: str
    make: Callable[[], torch.nn.Module]
    size: tuple = (3, 64, 64)
    layers: tuple = ()
    channels: int = 0
    quantise: str = ""


def torchvision_networks():
    def net(name, *layers, size=64, quantise="", **given):
        make = lambda: getattr(tv, name)(num_classes=10, **given)
        return Network(f"torchvision/{name}", make, (3, size, size), layers, quantise=quantise)

    inception = dict(init_weights=False, aux_logits=False)
    vit = dict(image_size=64, patch_size=16, num_layers=2, num_heads=3, hidden_dim=48, mlp_dim=96)
    swin = dict(embed_dim=24, depths=[1, 1], num_heads=[2, 4], window_size=[4, 4])
    maxvit = dict(stem_channels=16, partition_size=2, block_channels=[16, 32], block_layers=[1, 1], head_dim=8, stochastic_depth_prob=0)
    return [
        net("resnet18", "layer4", quantise="relu_16"),
        net("resnext50_32x4d", "layer4"),
        net("vgg11_bn", "features", size=96),
        net("alexnet", "features", size=96),
        net("densenet121", "features"),
        net("mobilenet_v2", "features", width_mult=0.35, quantise="hardtanh_34"),
        net("mobilenet_v3_small", "features", width_mult=0.5, quantise="hardswish_17"),
        net("mobilenet_v3_large", "features", width_mult=0.35),
        net("efficientnet_b0", "features"),
        net("efficientnet_v2_s", "features"),
        net("regnet_y_400mf", "trunk_output"),
        net("regnet_x_400mf", "trunk_output"),
        net("convnext_tiny", "features"),
        net("shufflenet_v2_x0_5", "conv5"),
        net("squeezenet1_1", "classifier.2"),
        net("mnasnet0_5", "layers"),
        net("googlenet", "inception5b", **inception),
        net("inception_v3", "Mixed_7c", size=139, **inception),
        Network("torchvision/vit", lambda: tv.VisionTransformer(num_classes=10, **vit), layers=("encoder.layers.-1.ln_1",)),
        Network("torchvision/swin", lambda: tv.SwinTransformer([4, 4], **swin, num_classes=10), layers=("norm",)),
        Network("torchvision/swin_v2", lambda: tv.SwinTransformer([4, 4], **swin, num_classes=10, block=tv.swin_transformer.SwinTransformerBlockV2, downsample_layer=tv.swin_transformer.PatchMergingV2), layers=("norm",)),
        Network("torchvision/maxvit", lambda: tv.MaxVit((64, 64), num_classes=10, **maxvit), layers=("blocks.-1",)),
    ]


def timm_networks():
    def net(name, *layers, size=64, channels=0, quantise="", sized=True, **given):
        if sized:
            given["img_size"] = size
        make = lambda: timm.create_model(name, num_classes=10, **given)
        return Network(f"timm/{name}", make, (3, size, size), layers, channels, quantise)

    cnn = lambda name, *layers, **given: net(name, *layers, sized=False, **given)
    vit = dict(depth=2, embed_dim=48, num_heads=3)
    norm1 = "blocks.-1.norm1"
    tests = ["byobnet", "convnext", "convnext2", "convnext3", "efficientnet", "efficientnet_evos", "efficientnet_gn", "efficientnet_ln", "mambaout", "nfnet", "resnet"]
    return [
        *(cnn(f"test_{name}") for name in tests),
        net("test_coatnet"), net("test_maxvit"),
        net("test_vit", norm1), net("test_vit2"), net("test_vit3"), net("test_vit4"), net("test_vit_relpos"),
        # Transformers
        net("vit_tiny_patch16_224", norm1, quantise="layer_norm_2", **vit),
        net("vit_small_patch16_224", norm1, qk_norm=True, **vit),
        net("vit_small_patch14_reg4_dinov2", norm1, size=56, **vit),
        net("vit_small_patch16_dinov3", **vit),
        net("vit_base_patch16_siglip_224", "norm", ">attn_pool", **vit),
        net("vit_base_patch16_clip_224", norm1, **vit),
        net("vit_base_patch16_rope_reg1_gap_256", "norm", **vit),
        net("vit_medium_patch16_gap_240", "norm", **vit),
        net("vit_relpos_base_patch16_224", **vit),
        net("aimv2_large_patch14_224", "norm", size=56, **vit),
        net("vit_pe_core_tiny_patch16_384", "norm", ">attn_pool", **vit),
        net("eva02_tiny_patch14_224", size=56, **vit),
        net("eva_giant_patch14_224", size=56, **vit),
        net("deit_tiny_distilled_patch16_224", norm1, **vit),
        net("deit3_small_patch16_224", norm1, **vit),
        net("beit_base_patch16_224", "norm", **vit),
        net("beitv2_base_patch16_224", "norm", **vit),
        net("cait_xxs24_224", "blocks", "blocks_token_only.-1.norm1", **vit),
        net("xcit_nano_12_p16_224", "blocks.-1", "cls_attn_blocks.-1.norm1", channels=2, **vit),
        net("mixer_s16_224"), net("gmixer_24_224"),
        net("resmlp_12_224"), net("gmlp_ti16_224"),
        net("convit_tiny", norm1, **{**vit, "depth": 3, "local_up_to_layer": 2}),
        net("crossvit_9_240", "blocks.-1.fusion.0.norm1", "blocks.-1.fusion.1.norm1", size=240),
        net("pit_ti_224", "transformers.-1.blocks.-1.norm1"), net("pit_ti_distilled_224", "transformers.-1.blocks.-1.norm1"),
        net("tnt_s_patch16_224", "blocks.-1.norm_out", size=64, depth=2), net("nest_tiny", size=64), net("volo_d1_224", size=64),
        net("levit_128s", size=128), net("levit_conv_128s", size=128),
        net("pvt_v2_b0", sized=False), net("pvt_v2_b2_li", sized=False), net("twins_svt_small"), net("twins_pcpvt_small"),
        net("swin_tiny_patch4_window7_224", embed_dim=24, depths=(1, 1, 2, 1)), net("swinv2_tiny_window8_256", embed_dim=24, depths=(1, 1, 2, 1)),
        net("swinv2_cr_tiny_224", embed_dim=24, depths=(1, 1, 2, 1)),
        net("mvitv2_tiny"), net("mvitv2_small_cls", size=64), net("hiera_tiny_224", size=64), net("hieradet_small", sized=False),
        net("davit_tiny", sized=False, channels=6, depths=(1, 1, 3, 1), embed_dims=(24, 48, 96, 192)), net("gcvit_xxtiny", size=224),
        net("coat_lite_tiny"), net("visformer_tiny"), cnn("sequencer2d_s", size=224), net("samvit_base_patch16", **vit),
        cnn("naflexvit_base_patch16_gap"),
        net("vitamin_small_224", size=64), cnn("vit_small_r26_s32_224", norm1, size=224),
        # Hybrids and token mixers
        net("coatnet_nano_rw_224"), net("coatnext_nano_rw_224"), net("maxvit_rmlp_pico_rw_256"), net("maxxvit_rmlp_nano_rw_256"), net("maxxvitv2_nano_rw_256"),
        cnn("poolformer_s12"), cnn("poolformerv2_s12"), cnn("convformer_s18"), cnn("caformer_s18"),
        cnn("edgenext_xx_small", channels=3), cnn("fastvit_t8"), cnn("fastvit_mci0"), cnn("fastvit_sa12"),
        cnn("tiny_vit_5m_224"), cnn("nextvit_small"), cnn("inception_next_atto"), cnn("focalnet_tiny_srf"), cnn("efficientformer_l1", size=224),
        net("efficientformerv2_s0", size=64), cnn("efficientvit_b0", "head.in_conv"), net("efficientvit_m0", size=128), cnn("repvit_m0_9"), cnn("mobilevit_xxs"), cnn("mobilevitv2_050"),
        cnn("swiftformer_xs"), cnn("shvit_s1", size=128), Network("timm/convmixer", lambda: timm.models.convmixer.ConvMixer(48, 2, num_classes=10)), net("botnet26t_256"),
        cnn("halonet26t", size=256), net("lambda_resnet26t"), cnn("bat_resnext26ts", size=256), cnn("csatv2"), cnn("efficientvim_m1"), cnn("lowformer_b0", "in_conv"), cnn("iformer_h"), cnn("cpubone_b0_bfrobust", "head.in_conv"),
        cnn("mobilenetv4_hybrid_medium"), cnn("mobilenetv5_base"),
        # Convolutional networks
        *(cnn(name) for name in """resnet10t resnet26d seresnet18 skresnet18 ecaresnet26t resnetv2_18 resnetv2_50 resnest14d res2net50_14w_8s
        legacy_seresnet18 regnety_002 regnetz_005 nf_regnet_b0 nf_resnet26 eca_nfnet_l0 dm_nfnet_f0 gernet_s repvgg_a0 mobileone_s0 ghostnet_050
        ghostnetv2_100 ghostnetv3_100 repghostnet_050 hrnet_w18_small convnext_atto convnextv2_atto mambaout_femto starnet_s050 rexnet_100 dla46_c dpn48b
        ese_vovnet19b_slim_dw hardcorenas_a tresnet_m xception41 legacy_xception cs3darknet_focus_s darknet17 cspresnet50 mnasnet_small tinynet_e lcnet_035 lcnetv2_small
        mobilenetv3_small_050 mobilenetv4_conv_small efficientnet_b0 tf_efficientnetv2_b0 efficientnet_es mixnet_s fbnetc_100 fbnetv3_b semnasnet_075 spnasnet_100 hgnet_tiny hgnetv2_b0 rdnet_tiny
        fasternet_t0 cspnext_tiny pnasnet5large nasnetalarge vgg11 densenet121 gcresnet33ts""".split()),
        *(cnn(name, size=size) for name, size in dict(selecsls42=128, inception_v3=139, inception_v4=139, inception_resnet_v2=139).items()),
    ]


class Logits(torch.nn.Module):
    """A model of transformers, of which only the logits are wanted."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return self.model(x).logits


def transformers_networks():
    import transformers as tf

    def net(name, *layers, size=64, channels=0, **given):
        def make():
            known = dict(num_labels=10, attn_implementation="eager")
            config = getattr(tf, f"{name}Config")(**known, **given)
            return Logits(getattr(tf, f"{name}ForImageClassification")(config))

        return Network(f"transformers/{name}", make, (3, size, size), tuple(f"model.{layer}" if layer[0] != ">" else f">model.{layer[1:]}" for layer in layers), channels)

    def clip():
        vision = dict(hidden_size=48, intermediate_size=96, num_hidden_layers=2, num_attention_heads=3, image_size=64, patch_size=16)
        config = tf.CLIPConfig(num_labels=10, vision_config=vision, attn_implementation="eager")
        return Logits(tf.CLIPForImageClassification(config))

    def siglip():
        vision = dict(hidden_size=48, intermediate_size=96, num_hidden_layers=2, num_attention_heads=3, image_size=64, patch_size=16, vision_use_head=False)
        config = tf.SiglipConfig(num_labels=10, vision_config=vision, attn_implementation="eager")
        return Logits(tf.SiglipForImageClassification(config))

    vit = dict(hidden_size=48, intermediate_size=96, num_hidden_layers=2, num_attention_heads=3, image_size=64, patch_size=16)
    dino = {name: value for name, value in vit.items() if name != "intermediate_size"}
    windows = dict(image_size=64, embed_dim=24, depths=[1, 1], num_heads=[2, 4], window_size=4)
    return [
        net("ViT", "vit.layers.-1.layernorm_before", **vit), net("DeiT", "deit.layers.-1.layernorm_before", **vit), net("ViTMSN", "vit.layers.-1.layernorm_before", **vit),
        net("Dinov2", "dinov2.layernorm", **dino), net("Dinov2WithRegisters", "dinov2_with_registers.layernorm", **dino),
        net("IJepa", "ijepa.layernorm", **vit), net("Beit", "beit.layers.-1", **vit), net("Data2VecVision", "data2vec_vision.encoder.layer.-1", **vit),
        Network("transformers/CLIP", clip, layers=("model.vision_model.encoder.layers.-1",)), Network("transformers/Siglip", siglip, layers=("model.vision_model.post_layernorm",)),
        net("Swin", "swin.layernorm", **windows), net("Swinv2", "swinv2.layernorm", **windows), net("DonutSwin", "donut.encoder", **windows),
        net("Hiera", ">hiera.pooler", image_size=[64, 64], depths=[1, 1, 1, 1], embed_dim=24, num_heads=[1, 2, 4, 8]),
        net("ConvNext", "convnext.encoder", depths=[1, 1, 1, 1], hidden_sizes=[8, 16, 24, 32]), net("ConvNextV2", "convnextv2.encoder", depths=[1, 1, 1, 1], hidden_sizes=[8, 16, 24, 32]),
        net("ResNet", "resnet.encoder", depths=[1, 1, 1, 1], hidden_sizes=[16, 32, 64, 128], embedding_size=8), net("RegNet", "regnet.encoder", depths=[1, 1, 1, 1], hidden_sizes=[16, 32, 64, 128], groups_width=8),
        net("Bit", "bit.norm", depths=[1, 1, 1, 1], hidden_sizes=[128, 256, 256, 256], embedding_size=32),
        net("Segformer", "segformer.stages.-1.layer_norm", depths=[1, 1, 1, 1], hidden_sizes=[8, 16, 40, 64], num_attention_heads=[1, 2, 5, 8]),
        net("Pvt", "pvt.encoder.block.-1.-1.layer_norm_1", image_size=64, depths=[1, 1, 1, 1], hidden_sizes=[8, 16, 40, 64], num_attention_heads=[1, 2, 5, 8]),
        net("PvtV2", "pvt_v2.encoder", image_size=64, depths=[1, 1, 1, 1], hidden_sizes=[8, 16, 40, 64]),
        net("PoolFormer", "norm", depths=[1, 1, 1, 1], hidden_sizes=[8, 16, 24, 32]), net("Levit", "levit.encoder", image_size=64), net("Cvt", ">layernorm", embed_dim=[16, 48, 96], num_heads=[1, 3, 6], depth=[1, 2, 3]),
        net("MobileNetV1", "mobilenet_v1.layer.-1", depth_multiplier=0.5), net("MobileNetV2", "mobilenet_v2.conv_1x1", depth_multiplier=0.5), net("MobileViT", "mobilevit.conv_1x1_exp", image_size=64), net("MobileViTV2", "mobilevitv2.encoder", image_size=64, width_multiplier=0.5),
        net("EfficientNet", "efficientnet.encoder", image_size=64, width_coefficient=0.5, hidden_dim=640, initializer_range=0.2), net("FocalNet", "focalnet.layernorm", image_size=64, embed_dim=24, depths=[1, 1, 1, 1]), net("SwiftFormer", "norm"),
        net("HGNetV2", "encoder"), net("TextNet", "textnet.encoder"),
    ]


def medical_networks():
    import monai.networks.nets as nets
    import torchxrayvision

    def net(name, make, *layers, size=(1, 64, 64)):
        return Network(f"monai/{name}", make, size, layers)

    chest = torchxrayvision.models

    def with_head(model, thresholds):
        """What its weights hold: a sigmoid, or thresholds of which some are unknown."""
        known = torch.full((18,), 0.4)
        known[3] = torch.nan
        model.register_buffer("op_threshs", known if thresholds else None)
        model.apply_sigmoid = True
        return model

    def chest_densenet(thresholds=False):
        return with_head(chest.DenseNet(num_classes=18, growth_rate=8, block_config=(2, 2, 2), num_init_features=16), thresholds)

    def chest_resnet(thresholds=False):
        """Its constructor asks for weights to download."""
        model = chest.ResNet.__new__(chest.ResNet)
        torch.nn.Module.__init__(model)
        model.model = tv.ResNet(tv.resnet.BasicBlock, [1, 1, 1, 1], num_classes=18)
        model.model.conv1 = torch.nn.Conv2d(1, 64, 7, 2, 3, bias=False)
        return with_head(model, thresholds)

    cube = (1, 32, 32, 32)
    vit = dict(patch_size=16, hidden_size=48, mlp_dim=96, num_layers=2, num_heads=3, classification=True, num_classes=10, post_activation="")
    dense = dict(in_channels=1, out_channels=10, growth_rate=8, block_config=(2, 2, 2), init_features=16)
    residual = dict(n_input_channels=1, num_classes=10, widen_factor=0.25)
    return [
        net("densenet", lambda: nets.DenseNet(spatial_dims=2, **dense), "features"),
        net("densenet3d", lambda: nets.DenseNet(spatial_dims=3, **dense), size=cube),
        net("resnet10", lambda: nets.resnet10(spatial_dims=2, **residual), "layer4"),
        net("resnet10-3d", lambda: nets.resnet10(spatial_dims=3, **residual), size=cube),
        net("seresnet50", lambda: nets.SEResNet50(spatial_dims=2, in_channels=1, num_classes=10, layers=(1, 1, 1, 1)), "layer4"),
        net("efficientnet-b0", lambda: nets.EfficientNetBN("efficientnet-b0", pretrained=False, in_channels=1, num_classes=10), ">_avg_pooling"),
        net("vit", lambda: First(nets.ViT(in_channels=1, img_size=(64, 64), spatial_dims=2, **vit)), "model.blocks.-1.norm1"),
        net("classifier", lambda: nets.Classifier(in_shape=(1, 64, 64), classes=10, channels=(8, 16), strides=(2, 2)), "net"),
        net("senet154", lambda: nets.SENet(spatial_dims=2, in_channels=1, block=nets.senet.SEResNeXtBottleneck, layers=(1, 1, 1, 1), groups=32, reduction=16, num_classes=10), "layer4"),
        net("seresnext50", lambda: nets.SEResNext50(spatial_dims=2, in_channels=1, num_classes=10, layers=(1, 1, 1, 1)), "layer4"),
        net("seresnet50-3d", lambda: nets.SEResNet50(spatial_dims=3, in_channels=1, num_classes=10, layers=(1, 1, 1, 1)), size=cube),
        net("efficientnet-b0-3d", lambda: nets.EfficientNetBN("efficientnet-b0", spatial_dims=3, pretrained=False, in_channels=1, num_classes=10), size=cube),
        net("vit3d", lambda: First(nets.ViT(in_channels=1, img_size=cube[1:], spatial_dims=3, **vit)), size=cube),
        net("classifier3d", lambda: nets.Classifier(in_shape=cube, classes=10, channels=(8, 16), strides=(2, 2)), size=cube),
        net("regressor", lambda: nets.Regressor(in_shape=(1, 64, 64), out_shape=(3,), channels=(8, 16), strides=(2, 2)), "net"),
        net("discriminator", lambda: nets.Discriminator(in_shape=(1, 64, 64), channels=(8, 16), strides=(2, 2)), "net"),
        net("torchvision-fc", lambda: nets.TorchVisionFCModel("resnet18", num_classes=10, pool=None), "features.layer4", size=(3, 64, 64)),
        Network("torchxrayvision/densenet", chest_densenet, (1, 64, 64), ("features",)),
        Network("torchxrayvision/densenet-op_norm", lambda: chest_densenet(True), (1, 64, 64), ("features",)),
        Network("torchxrayvision/resnet", chest_resnet, (1, 64, 64), ("model.layer4",)),
        Network("torchxrayvision/resnet-op_norm", lambda: chest_resnet(True), (1, 64, 64), ("model.layer4",)),
    ]


class First(torch.nn.Module):
    """A model of which the first output alone is wanted."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return self.model(x)[0]


def networks():
    return [*torchvision_networks(), *timm_networks(), *transformers_networks(), *medical_networks()]
