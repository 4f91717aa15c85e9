# The same network, batch and optimizer in PyTorch: python3 training.py THREADS RUNS STEPS
import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

threads, runs, steps = (int(word) for word in sys.argv[1:4])
BATCH, TOKENS, LAYERS, WIDTH, HEADS, HIDDEN, VOCAB = 8, 256, 6, 192, 6, 512, 1600
torch.set_num_threads(threads)
torch.manual_seed(1)


class RmsNorm(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(WIDTH))

    def forward(self, x):
        return F.rms_norm(x, (WIDTH,), self.weight, 1e-5)


def rotate(x, cos, sin):
    a, b = x[..., 0::2], x[..., 1::2]
    return torch.stack((a * cos - b * sin, a * sin + b * cos), -1).flatten(-2)


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.attn_norm, self.ffn_norm = RmsNorm(), RmsNorm()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH, bias=False)
        self.output = nn.Linear(WIDTH, WIDTH, bias=False)
        self.gate_up = nn.Linear(WIDTH, 2 * HIDDEN, bias=False)
        self.down = nn.Linear(HIDDEN, WIDTH, bias=False)

    def forward(self, x, cos, sin):
        q, k, v = self.qkv(self.attn_norm(x)).view(BATCH, TOKENS, 3 * HEADS, -1).transpose(1, 2).chunk(3, 1)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        attended = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.output(attended.transpose(1, 2).reshape(BATCH, TOKENS, WIDTH))
        gate, up = self.gate_up(self.ffn_norm(x)).chunk(2, -1)
        return x + self.down(F.silu(gate) * up)


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCAB, WIDTH)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.norm = RmsNorm()

    def forward(self, tokens, cos, sin):
        x = self.embedding(tokens)
        for layer in self.layers:
            x = layer(x, cos, sin)
        return self.norm(x) @ self.embedding.weight.T


network = Network()
optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, betas=(0.9, 0.98), weight_decay=0.1)
half = WIDTH // HEADS // 2
angles = torch.arange(TOKENS)[:, None] * 10_000.0 ** (-torch.arange(half) / half)
cos, sin = angles.cos(), angles.sin()


def step():
    tokens = torch.randint(VOCAB, (BATCH, TOKENS + 1))
    logits = network(tokens[:, :-1], cos, sin)
    loss = F.cross_entropy(logits.reshape(-1, VOCAB), tokens[:, 1:].reshape(-1))
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()


for _ in range(2):
    step()
speeds = []
for _ in range(runs):
    began = time.perf_counter()
    for _ in range(steps):
        step()
    speeds.append(steps * BATCH * TOKENS / (time.perf_counter() - began))
print(json.dumps({"version": torch.__version__, "tokens_per_second": speeds}))
