"""Where to compute, in which precision, and whether a model fits."""

import warnings

import psutil
import torch


def best_device(prefer: str | None = None) -> torch.device:
    """The first CUDA GPU if there is one, else the CPU.

    Apple's "mps" is used only when you ask for it by name: silently wrong numbers are on record
    for it in TransformerLens. Raises RuntimeError for a device that this machine does not have.
    """
    if prefer is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    device = torch.device(prefer)
    if device.type == "cuda" and not torch.cuda.is_available():
        raise RuntimeError("No CUDA GPU here. In Colab: Runtime > Change runtime type > T4 GPU.")
    if device.type == "mps":
        warnings.warn(
            "mps can give silently wrong results: repeat what you report on a CPU.", stacklevel=2
        )
    return device


def best_dtype(device: torch.device, n_params: int = 0) -> torch.dtype:
    """float32 for models below a billion parameters and on a CPU; else bfloat16, or float16 on a
    GPU without it (a T4 has none)."""
    if device.type != "cuda" or n_params < 1_000_000_000:
        return torch.float32
    return (
        torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16
    )


def gpu_memory() -> tuple[int, int]:
    """Free and total bytes of the first GPU; (0, 0) without one."""
    return torch.cuda.mem_get_info() if torch.cuda.is_available() else (0, 0)


def check_fits(
    n_params: int, device: torch.device, dtype: torch.dtype, copies: float = 1.5
) -> None:
    """Raise MemoryError if that many copies of the weights exceed the free memory of the device.

    One and a half leave room for activations.
    """
    needed = int(n_params * dtype.itemsize * copies)
    free, total = gpu_memory() if device.type == "cuda" else _ram()
    if needed > free:
        fits = free / copies / dtype.itemsize / 1e9
        raise MemoryError(
            f"{n_params / 1e9:.1f}B parameters in {dtype} need about {needed / 2**30:.1f} GiB; "
            f"{free / 2**30:.1f} of {total / 2**30:.1f} GiB are free, enough for about {fits:.1f}B."
        )


def _ram() -> tuple[int, int]:
    """Free and total bytes of the machine's own memory."""
    memory = psutil.virtual_memory()
    return memory.available, memory.total


def describe(device: torch.device) -> str:
    """The device in words, for the first line of a notebook's output."""
    if device.type != "cuda":
        return f"{device.type}, {torch.get_num_threads()} threads"
    free, total = gpu_memory()
    name = torch.cuda.get_device_name(device)
    return f"{name}, {free / 2**30:.1f} of {total / 2**30:.1f} GiB free"
