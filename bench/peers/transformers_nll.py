"""Scores the rows of a JSONL file with Hugging Face transformers, as a peer of `evosift bench throughput`.

usage: transformers_nll.py MODEL DATA.jsonl --limit 256 [--dtype bf16|f32] [--form sorted|rowwise] [--threads N] [--json]

Two forms of the `paper` recipe's losses:
  rowwise  one row at a time, three forward passes a row (the form of the published scripts)
  sorted   two sequences a row, sorted by length, padded in batches of --batch-tokens tokens: what a careful user writes
MODEL is a directory or shape:NAME (random weights; the tokenizer is then --tokenizer).
Prints tokens/s and GFLOP/s of useful work: 2 FLOP a weight a real token, the head only at targets. For `rowwise` the
tokens are those of the two sequences that the losses need, so that both forms are measured by the same work.
"""
import argparse
import json
import time

import torch
import torch.nn.functional as F
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

SHAPES = {
    "gpt2": dict(model_type="gpt2", vocab_size=50257, n_positions=1024, n_embd=768, n_layer=12, n_head=12),
    "smollm2-135m": dict(
        model_type="llama", vocab_size=49152, hidden_size=576, intermediate_size=1536, num_hidden_layers=30,
        num_attention_heads=9, num_key_value_heads=3, max_position_embeddings=8192, tie_word_embeddings=True,
    ),
}


def load(name, dtype):
    if not name.startswith("shape:"):
        return AutoModelForCausalLM.from_pretrained(name, dtype=dtype).eval()
    shape = dict(SHAPES[name.removeprefix("shape:")])
    config = AutoConfig.for_model(shape.pop("model_type"), **shape)
    return AutoModelForCausalLM.from_config(config, dtype=dtype).eval()


def rows_of(path, limit):
    with open(path, encoding="utf-8") as lines:
        for _, line in zip(range(limit), lines):
            row = json.loads(line)
            question = row["instruction"] + ("\n" + row["input"] if row.get("input") else "")
            yield question, row["output"]


def losses(model, ids, mask=None):
    logits = model(input_ids=ids, attention_mask=mask, use_cache=False).logits[:, :-1]
    return F.cross_entropy(logits.flatten(0, 1).float(), ids[:, 1:].flatten(), reduction="none").view(ids.shape[0], -1)


def rowwise(model, rows):
    for question, whole, answer in rows:
        for ids in (question, whole, answer):
            if len(ids) > 1:
                losses(model, torch.tensor([ids]))


def sorted_batches(model, rows, batch_tokens):
    sequences = sorted((ids for _, whole, answer in rows for ids in (whole, answer) if len(ids) > 1), key=len)
    while sequences:
        count = max(1, batch_tokens // len(sequences[-1]))
        batch, sequences = sequences[-count:], sequences[:-count]
        width = len(batch[-1])
        ids = torch.tensor([ids + [0] * (width - len(ids)) for ids in batch])
        mask = torch.tensor([[1] * len(ids) + [0] * (width - len(ids)) for ids in batch])
        losses(model, ids, mask)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("data")
    parser.add_argument("--tokenizer")
    parser.add_argument("--limit", type=int, default=256)
    parser.add_argument("--dtype", choices=["bf16", "f32"], default="bf16")
    parser.add_argument("--form", choices=["sorted", "rowwise"], default="sorted")
    parser.add_argument("--batch-tokens", type=int, default=2048)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    model = load(args.model, torch.bfloat16 if args.dtype == "bf16" else torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(args.tokenizer or args.model)

    started = time.perf_counter()
    with torch.inference_mode():
        rows = []
        for question, answer in rows_of(args.data, args.limit):
            whole = tokenizer(question + "\n" + answer)["input_ids"]
            rows.append((tokenizer(question)["input_ids"], whole, tokenizer(answer)["input_ids"]))
        if args.form == "rowwise":
            rowwise(model, rows)
        else:
            sorted_batches(model, rows, args.batch_tokens)
    seconds = time.perf_counter() - started

    tokens = sum(len(whole) + len(answer) for _, whole, answer in rows)
    targets = sum(max(0, len(whole) - 1) + max(0, len(answer) - 1) for _, whole, answer in rows)
    head = model.get_output_embeddings().weight.numel()
    embeddings = {id(m.weight) for m in model.modules() if isinstance(m, torch.nn.Embedding)}
    layers = sum(p.numel() for p in model.parameters() if p.dim() == 2 and id(p) not in embeddings)
    layers -= 0 if model.config.tie_word_embeddings else head
    result = {
        "peer": f"transformers {args.form}",
        "model": args.model,
        "dtype": args.dtype,
        "threads": args.threads,
        "rows": len(rows),
        "tokens": tokens,
        "seconds": seconds,
        "tokens_s": tokens / seconds,
        "gflops": 2 * (layers * tokens + head * targets) / seconds / 1e9,
    }
    print(json.dumps(result) if args.json else "\n".join(f"{k}: {v}" for k, v in result.items()))


main()
