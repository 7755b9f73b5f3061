"""Reads an export as its trainer does: the settings by its own parser, the rows by its own loader.

    python check_export.py llamafactory|trl|axolotl FOLDER --model DIR

Runs where that trainer is installed. DIR is a small model with a tokenizer, which stands in for the export's own. Prints,
as JSON, the versions, the settings as the trainer understood them, and of each example its text and the part that is learnt.
"""

import argparse
import json
import os
from importlib.metadata import version


def spans(tokenizer, input_ids, labels):
    learnt = [token for token, label in zip(input_ids, labels) if label != -100]
    return {"text": tokenizer.decode(input_ids), "learnt": tokenizer.decode(learnt)}


def understood(args, names):
    return {name: getattr(args, name) for name in names}


def llamafactory(settings, model):
    from llamafactory.data import get_dataset, get_template_and_fix_tokenizer
    from llamafactory.hparams import get_train_args
    from llamafactory.model import load_tokenizer

    model_args, data_args, training_args, finetuning_args, _ = get_train_args(
        {**settings, "model_name_or_path": model, "use_cpu": True, "overwrite_cache": True}
    )
    tools = load_tokenizer(model_args)
    template = get_template_and_fix_tokenizer(tools["tokenizer"], data_args)
    rows = get_dataset(template, model_args, data_args, training_args, stage="sft", **tools)["train_dataset"]
    return {
        "settings": {
            **understood(training_args, ["learning_rate", "num_train_epochs", "warmup_steps", "bf16"]),
            **understood(finetuning_args, ["finetuning_type"]),
            **understood(data_args, ["cutoff_len", "template"]),
            "batch": training_args.per_device_train_batch_size * training_args.gradient_accumulation_steps,
        },
        "rows": [spans(tools["tokenizer"], row["input_ids"], row["labels"]) for row in rows],
    }


def trl(_settings, model):
    from trl import SFTTrainer, TrlParser, get_dataset, get_peft_config
    from trl.scripts.sft import make_parser

    parser = make_parser()
    assert isinstance(parser, TrlParser)
    _, training_args, model_args, dataset_args, *rest = parser.parse_args_and_config(
        ["--config", "train.yaml", "--use_cpu", "true", "--model_name_or_path", model], fail_with_unknown_args=True
    )
    data = get_dataset(dataset_args)
    trainer = SFTTrainer(
        model=model, args=training_args, train_dataset=data["train"], peft_config=get_peft_config(model_args)
    )
    tokenizer = trainer.processing_class
    rows = [spans(tokenizer, row["input_ids"], row["labels"]) for row in trainer.train_dataset]
    return {
        "settings": {
            **understood(training_args, ["learning_rate", "num_train_epochs", "warmup_steps", "bf16", "max_length"]),
            "batch": training_args.per_device_train_batch_size * training_args.gradient_accumulation_steps,
        },
        "rows": rows,
    }


def axolotl(settings, model):
    from axolotl.utils.config import normalize_config, validate_config
    from axolotl.utils.data.sft import prepare_datasets
    from axolotl.utils.dict import DictDefault
    from axolotl.loaders import load_tokenizer

    cfg = validate_config(
        DictDefault({**settings, "base_model": model, "dataset_prepared_path": "prepared"}),
        capabilities={"bf16": True, "fp8": False, "n_gpu": 1, "n_node": 1, "compute_capability": "sm_80"},
        env_capabilities={"torch_version": "2.11.0"},
    )
    normalize_config(cfg)
    tokenizer = load_tokenizer(cfg)
    rows, *_ = prepare_datasets(cfg, tokenizer)
    return {
        "settings": {
            **understood(cfg, ["learning_rate", "num_epochs", "warmup_ratio", "bf16", "sequence_len"]),
            "batch": cfg.micro_batch_size * cfg.gradient_accumulation_steps,
        },
        "rows": [spans(tokenizer, row["input_ids"], row["labels"]) for row in rows],
    }


TRAINERS = {"llamafactory": llamafactory, "trl": trl, "axolotl": axolotl}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trainer", choices=TRAINERS)
    parser.add_argument("folder")
    parser.add_argument("--model", required=True)
    args = parser.parse_args()
    model = os.path.abspath(args.model)
    os.chdir(args.folder)

    import yaml

    with open("train.yaml") as file:
        settings = yaml.safe_load(file)
    found = TRAINERS[args.trainer](settings, model)
    packages = ["transformers", "datasets", args.trainer]
    print(json.dumps({"versions": {name: version(name) for name in packages}, **found}))


if __name__ == "__main__":
    main()
