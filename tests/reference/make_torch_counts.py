"""Write torch_counts.json: parameters as the reference implementations themselves have them.

Run by hand, where torch, torchvision and transformers are installed; not part of the tests:

    python tests/reference/make_torch_counts.py

No weights are loaded: the models are built on the meta device, from the sizes given here.
"""

import json
from pathlib import Path

import torch
import torchvision
import transformers as hf
from torch import nn
from torchvision import models


def counted(build):
    """Return the parameters of a model, each shared tensor once."""
    with torch.device("meta"):
        model = build()
    return sum(p.numel() for p in model.parameters())


MODULES = {
    "Linear(7, 5)": lambda: nn.Linear(7, 5),
    "Linear(7, 5, bias=False)": lambda: nn.Linear(7, 5, bias=False),
    "Conv2d(6, 9, 5, groups=3)": lambda: nn.Conv2d(6, 9, 5, groups=3),
    "Conv2d(6, 9, (3, 1), bias=False)": lambda: nn.Conv2d(6, 9, (3, 1), bias=False),
    "Conv1d(4, 8, 3)": lambda: nn.Conv1d(4, 8, 3),
    "Conv3d(4, 8, 3)": lambda: nn.Conv3d(4, 8, 3),
    "BatchNorm2d(12)": lambda: nn.BatchNorm2d(12),
    "LayerNorm(12)": lambda: nn.LayerNorm(12),
    "RMSNorm(12)": lambda: nn.RMSNorm(12),
    "Embedding(100, 12)": lambda: nn.Embedding(100, 12),
    **{
        f"{kind.__name__}(5, 7, bias={bias}, bidirectional={both})": (
            lambda kind=kind, bias=bias, both=both: kind(5, 7, bias=bias, bidirectional=both)
        )
        for kind in (nn.RNN, nn.LSTM, nn.GRU)
        for bias in (True, False)
        for both in (True, False)
    },
    "MultiheadAttention(12, 3)": lambda: nn.MultiheadAttention(12, 3),
    "MultiheadAttention(12, 3, bias=False)": lambda: nn.MultiheadAttention(12, 3, bias=False),
    "MultiheadAttention(12, 3, kdim=8, vdim=8)": lambda: nn.MultiheadAttention(
        12, 3, kdim=8, vdim=8
    ),
    "TransformerEncoderLayer(12, 3, 48)": lambda: nn.TransformerEncoderLayer(12, 3, 48),
    "TransformerEncoderLayer(12, 3, 48, bias=False)": lambda: nn.TransformerEncoderLayer(
        12, 3, 48, bias=False
    ),
    "TransformerDecoderLayer(12, 3, 48)": lambda: nn.TransformerDecoderLayer(12, 3, 48),
}

# Sizes of conv outputs, which the shapes of nnlib.count are held to: (arguments, image, output).
SLIDES = [
    ({"kernel_size": k, "stride": s, "padding": p, "dilation": d}, n)
    for k in (1, 2, 3, 5)
    for s in (1, 2, 3)
    for p in (0, 1)
    for d in (1, 2)
    for n in (9, 10, 12)
]


def slid(options, n):
    """Return the output size of a convolution on an n × n image."""
    with torch.device("meta"):
        return nn.Conv2d(1, 1, **options)(torch.empty(1, 1, n, n)).shape[-1]


def bert(d, layers, heads, **options):
    """Return a BERT configuration of the usual proportions."""
    return {
        "hidden_size": d,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": 4 * d,
        **options,
    }


def llama(vocabulary, d, d_ff, layers, heads, kv_heads):
    """Return the sizes of a Llama configuration."""
    return {
        "vocab_size": vocabulary,
        "hidden_size": d,
        "intermediate_size": d_ff,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": kv_heads,
    }


ROBERTA = {"vocab_size": 50265, "max_position_embeddings": 514, "type_vocab_size": 1}
T5_BASE = {"d_model": 768, "d_ff": 3072, "num_layers": 12, "num_heads": 12}
VIT_SMALL = {**bert(384, 12, 6), "num_labels": 1000}


def gpt2(layers, d, heads, **more):
    """Return GPT-2 with so many layers, width and heads."""
    return hf.GPT2LMHeadModel(hf.GPT2Config(n_layer=layers, n_embd=d, n_head=heads, **more))


def llama_model(*sizes):
    """Return a Llama of these sizes."""
    return hf.LlamaForCausalLM(hf.LlamaConfig(**llama(*sizes)))


MODELS = {
    "AlexNet (one tower)": models.alexnet,
    "VGG-16": models.vgg16,
    "ResNet-18": models.resnet18,
    "ResNet-50": models.resnet50,
    "ResNet-152": models.resnet152,
    "MobileNet v2": models.mobilenet_v2,
    "DenseNet-121": models.densenet121,
    "ViT-B/16": models.vit_b_16,
    "ViT-S/16": lambda: hf.ViTForImageClassification(hf.ViTConfig(**VIT_SMALL)),
    "BERT base": lambda: hf.BertModel(hf.BertConfig()),
    "BERT large": lambda: hf.BertModel(hf.BertConfig(**bert(1024, 24, 16))),
    "BERT base with both heads": lambda: hf.BertForPreTraining(hf.BertConfig()),
    "DistilBERT": lambda: hf.DistilBertModel(hf.DistilBertConfig()),
    "RoBERTa base": lambda: hf.RobertaModel(hf.RobertaConfig(**ROBERTA)),
    "RoBERTa large": lambda: hf.RobertaModel(hf.RobertaConfig(**bert(1024, 24, 16), **ROBERTA)),
    "GPT-1": lambda: hf.OpenAIGPTLMHeadModel(hf.OpenAIGPTConfig()),
    "GPT-2 small": lambda: gpt2(12, 768, 12),
    "GPT-2 medium": lambda: gpt2(24, 1024, 16),
    "GPT-2 large": lambda: gpt2(36, 1280, 20),
    "GPT-2 XL": lambda: gpt2(48, 1600, 25),
    "GPT-3": lambda: gpt2(96, 12288, 96, n_positions=2048),
    "T5 small": lambda: hf.T5ForConditionalGeneration(hf.T5Config()),
    "T5 base": lambda: hf.T5ForConditionalGeneration(hf.T5Config(**T5_BASE)),
    "Llama 2 7B": lambda: llama_model(32000, 4096, 11008, 32, 32, 32),
    "Llama 2 13B": lambda: llama_model(32000, 5120, 13824, 40, 40, 40),
    "Llama 2 70B": lambda: llama_model(32000, 8192, 28672, 80, 64, 8),
    "Llama 3 8B": lambda: llama_model(128256, 4096, 14336, 32, 32, 8),
    "TinyLlama 1.1B": lambda: llama_model(32000, 2048, 5632, 22, 32, 4),
    "Mistral 7B": lambda: hf.MistralForCausalLM(
        hf.MistralConfig(**llama(32000, 4096, 14336, 32, 32, 8))
    ),
    "Mixtral 8x7B": lambda: hf.MixtralForCausalLM(
        hf.MixtralConfig(**llama(32000, 4096, 14336, 32, 32, 8), num_local_experts=8)
    ),
    "Gemma 7B": lambda: hf.GemmaForCausalLM(
        hf.GemmaConfig(**llama(256000, 3072, 24576, 28, 16, 16), head_dim=256)
    ),
}


def main():
    """Count everything and write the file."""
    data = {
        "versions": {
            "torch": torch.__version__,
            "torchvision": torchvision.__version__,
            "transformers": hf.__version__,
        },
        "modules": {name: counted(build) for name, build in MODULES.items()},
        "models": {name: counted(build) for name, build in MODELS.items()},
        "slides": [[*options.values(), n, slid(options, n)] for options, n in SLIDES],
    }
    lines = [
        f'"{key}": ' + json.dumps(value, indent=1 if isinstance(value, dict) else None)
        for key, value in data.items()
    ]
    Path(__file__).with_name("torch_counts.json").write_text(
        "{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
