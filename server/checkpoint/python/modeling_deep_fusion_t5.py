# Copyright the authors of Deep Fusion. Licensed under the Apache License, Version 2.0.
"""A T5 whose RMSNorms work on each part of the width on its own (the fusion property).

With parts of widths d_1 ... d_n, part i of the output is x_i / sqrt(mean(x_i^2) + epsilon), times the weight.
Everything else is T5ForConditionalGeneration.
"""

import torch
from torch import nn
from transformers import T5ForConditionalGeneration
from transformers.models.t5.modeling_t5 import T5LayerNorm

from .configuration_deep_fusion_t5 import TIES_ALL_EMBEDDINGS, DeepFusionT5Config


class GroupedRMSNorm(nn.Module):
    def __init__(self, parts, eps):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(sum(parts)))
        self.parts = list(parts)
        self.variance_epsilon = eps

    def forward(self, hidden_states):
        # In float32, as T5's own norm: squares of half-precision values overflow.
        parts = hidden_states.to(torch.float32).split(self.parts, dim=-1)
        normalised = [part * torch.rsqrt(part.pow(2).mean(-1, keepdim=True) + self.variance_epsilon) for part in parts]
        return self.weight * torch.cat(normalised, dim=-1).to(self.weight.dtype)


class DeepFusionT5ForConditionalGeneration(T5ForConditionalGeneration):
    config_class = DeepFusionT5Config

    def __init__(self, config):
        if TIES_ALL_EMBEDDINGS and not config.tie_head:
            # Read while the base class is set up.
            self._tied_weights_keys = {
                name: source for name, source in type(self)._tied_weights_keys.items() if name != "lm_head.weight"
            }
        super().__init__(config)
        for module in list(self.modules()):
            for name, child in list(module.named_children()):
                if isinstance(child, T5LayerNorm):
                    setattr(module, name, GroupedRMSNorm(config.fusion_parts, config.layer_norm_epsilon))
        if not TIES_ALL_EMBEDDINGS and config.scale_decoder_outputs != config.tie_head:
            # Before version 5 a tied head is scaled and an untied one is not; this makes up for the difference.
            factor = config.d_model ** (-0.5 if config.scale_decoder_outputs else 0.5)
            self.lm_head.register_forward_pre_hook(lambda _, inputs: (inputs[0] * factor,))
