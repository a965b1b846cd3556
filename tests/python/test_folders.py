"""The shipped model folders, opened by diffusers and transformers.

Run with `python -m unittest discover tests/python`; skipped where a package is missing.
FOLDERS names other folders to open instead, separated by colons: for example one that `noisewalk convert` wrote.
"""

import json
import os
import pathlib
import unittest

try:
    import torch
    from diffusers import DDIMScheduler, UNet2DConditionModel, UNet2DModel
    from safetensors import safe_open
    from safetensors.torch import load_file
    from transformers import AutoTokenizer, CLIPModel, CLIPTextModel
except ImportError as error:
    raise unittest.SkipTest(f"{error.name} is not installed, so folders are not opened in Python")

ROOT = pathlib.Path(__file__).parents[2]
FOLDERS = [ROOT / "public/models/avatars", ROOT / "public/models/words"]
if "FOLDERS" in os.environ:
    FOLDERS = [pathlib.Path(folder) for folder in os.environ["FOLDERS"].split(":")]


class Folders(unittest.TestCase):
    def test_golden_outputs(self):
        """1e-4 of the largest value (and of 1) is the agreement of two f32 implementations."""
        for folder in FOLDERS:
            with self.subTest(folder=str(folder)), torch.no_grad():
                manifest = json.loads((folder / "manifest.json").read_text())
                golden = load_file(folder / manifest["golden"])
                words = golden.get("encoder_hidden_states")
                if words is None:
                    unet = UNet2DModel.from_pretrained(folder / "unet", torch_dtype=torch.float32)
                    out = unet(golden["sample"], golden["timestep"]).sample
                else:
                    unet = UNet2DConditionModel.from_pretrained(folder / "unet", torch_dtype=torch.float32)
                    out = unet(golden["sample"], golden["timestep"], words).sample
                wanted = golden["sample_out"]
                difference = (out - wanted).abs().max().item()
                self.assertLessEqual(difference, 1e-4 * max(1.0, wanted.abs().max().item()))
                DDIMScheduler.from_pretrained(folder / "scheduler")

    def test_words(self):
        """The tokens and the text encoder's states of the golden file's own prompt."""
        for folder in FOLDERS:
            if not (folder / "tokenizer").exists():
                continue
            with self.subTest(folder=str(folder)), torch.no_grad():
                tokenizer = AutoTokenizer.from_pretrained(folder / "tokenizer")
                encoder = CLIPTextModel.from_pretrained(folder / "text_encoder", torch_dtype=torch.float32)
                length = json.loads((folder / "tokenizer/tokenizer_config.json").read_text())["model_max_length"]

                def encode(prompts):
                    return tokenizer(prompts, padding="max_length", truncation=True, return_tensors="pt")["input_ids"]

                states = encoder(encode(["long red hair, round glasses", ""])).last_hidden_state
                self.assertEqual(list(states.shape), [2, length, encoder.config.hidden_size])
                self.assertTrue(states.isfinite().all())
                path = folder / "golden.safetensors"
                golden = load_file(path)
                if "input_ids" not in golden:
                    continue
                with safe_open(path, "pt") as file:
                    ids = encode([file.metadata()["prompt"]])
                self.assertEqual(ids.tolist(), golden["input_ids"].tolist())
                wanted = golden["encoder_hidden_states"]
                difference = (encoder(ids).last_hidden_state - wanted).abs().max().item()
                # Two f32 implementations, as above.
                self.assertLessEqual(difference, 1e-4 * max(1.0, wanted.abs().max().item()))

    def test_clip(self):
        """The shipped CLIP opens whole: every weight is used and none is missing."""
        folder = ROOT / "public/models/clip"
        clip, loading = CLIPModel.from_pretrained(folder / "clip", torch_dtype=torch.float32, output_loading_info=True)
        self.assertEqual([list(loading[kind]) for kind in ("missing_keys", "unexpected_keys")], [[], []])
        with torch.no_grad():
            size = clip.config.vision_config.image_size
            ids = torch.tensor([[2, 3] + [0] * (clip.config.text_config.max_position_embeddings - 2)])
            out = clip(input_ids=ids, pixel_values=torch.zeros(1, 3, size, size))
        self.assertTrue(out.logits_per_text.isfinite().all())
        # Its text encoder is the one that lies beside it.
        beside = load_file(folder / "text_encoder/model.safetensors")
        inside = load_file(folder / "clip/model.safetensors")
        for name, weights in beside.items():
            self.assertTrue(torch.equal(weights, inside[f"text_model.{name}"]), name)


if __name__ == "__main__":
    unittest.main()
