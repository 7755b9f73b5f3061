"""Lists the settings that the trainers know, for test/fixtures/trainer-fields.json.

    python list_fields.py llamafactory|trl|axolotl FILE

Run it where that trainer is installed; the entry of the trainer in FILE is written anew.
"""

import argparse
import json
import os
from dataclasses import fields
from importlib.metadata import version


def names(*classes):
    return sorted({field.name for cls in classes for field in fields(cls)})


def llamafactory():
    from llamafactory.hparams.parser import _TRAIN_ARGS

    return {"fields": names(*_TRAIN_ARGS)}


def trl():
    from trl import DatasetMixtureConfig, ModelConfig, ScriptArguments, SFTConfig
    from trl.scripts.utils import DatasetConfig

    return {
        "fields": names(ScriptArguments, SFTConfig, ModelConfig, DatasetMixtureConfig),
        "dataset": names(DatasetConfig),
    }


def axolotl():
    from axolotl.utils.schemas.config import AxolotlInputConfig
    from axolotl.utils.schemas.datasets import SFTDataset

    return {"fields": sorted(AxolotlInputConfig.model_fields), "dataset": sorted(SFTDataset.model_fields)}


TRAINERS = {"llamafactory": llamafactory, "trl": trl, "axolotl": axolotl}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trainer", choices=TRAINERS)
    parser.add_argument("file")
    args = parser.parse_args()
    known = {}
    if os.path.exists(args.file):
        with open(args.file) as file:
            known = json.load(file)
    known[args.trainer] = {"version": version(args.trainer), **TRAINERS[args.trainer]()}
    with open(args.file, "w") as file:
        lines = [f'"{name}":{json.dumps(known[name], separators=(",", ":"))}' for name in sorted(known)]
        file.write("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
