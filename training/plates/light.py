"""What light, weather, lens and camera make of plates and scenes."""

import random

import cv2
import numpy as np
from numpy.typing import NDArray
from sheets import Texture


def toned(pixels: NDArray[np.float32], rng: random.Random) -> NDArray[np.float32]:
    """Return the crop in other colours, since the cameras' cast must not be learned."""
    if rng.random() < 0.5:
        means = pixels.mean(axis=(0, 1))
        pixels = pixels * (1 + (means.mean() / np.maximum(means, 8) - 1) * rng.uniform(0.3, 1.0)).astype(np.float32)
    if rng.random() < 0.1:
        pixels = np.repeat(pixels.mean(axis=2, keepdims=True), 3, axis=2)
    cast = np.array([rng.uniform(0.8, 1.2) for _ in range(3)], np.float32)
    if rng.random() < 0.5:
        cast *= np.exp(rng.uniform(np.log(30), np.log(150))) / max(float(pixels.mean()), 8)
    return np.asarray(pixels * cast * rng.uniform(0.7, 1.3) + rng.uniform(-15, 15), np.float32).clip(0, 255)


def lit(texture: NDArray[np.float32], around: NDArray[np.float32], rng: random.Random) -> NDArray[np.float32]:
    """Return the texture in the light of its place: darker where it is dark, of its cast, or shining by itself."""
    kind = rng.random()
    means = around.mean(axis=(0, 1))
    if kind < 0.25:
        return np.asarray((texture * rng.uniform(0.3, 1.2) + rng.uniform(-20, 20)).clip(0, 255), np.float32)
    gain = np.clip(means.mean() / 120 * rng.uniform(0.8, 2.2), 0.12, 1.25)
    cast = 1 + (means / max(float(means.mean()), 8) - 1) * rng.uniform(0, 0.9)
    shown = texture * gain * cast
    if kind > 0.8:
        shown = shown + (shown.mean() - shown) * rng.uniform(0.2, 0.7) + rng.uniform(0, 90)
    return np.asarray(shown.clip(0, 255), np.float32)


def occlude(mixed: NDArray[np.float32], rng: random.Random) -> None:
    """Let a tow bar, a bumper's edge, a bollard or a lamp's glare hide a part."""
    high, wide = mixed.shape[:2]
    if rng.random() < 0.06:
        x = rng.uniform(0, wide)
        mixed[:, int(x) : int(x + wide * rng.uniform(0.03, 0.2)), :3] = rng.uniform(0, 200)
    if rng.random() < 0.06:
        mixed[: int(high * rng.uniform(0, 0.3))] = 0
    if rng.random() < 0.08:
        y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
        reach = max(high, wide) * rng.uniform(0.1, 0.5)
        far = ((x - rng.uniform(-0.2, 1.2) * wide) ** 2 + (y - rng.uniform(-0.5, 1.5) * high) ** 2) / reach**2
        mixed[:, :, :3] += (300 * np.exp(-far))[:, :, None] * mixed[:, :, 3:]


def seen(pixels: NDArray[np.float32], rng: random.Random, noise: np.random.Generator) -> Texture:
    """Return the scene as a camera would store it: blurred, noisy, compressed."""
    if rng.random() < 0.1:
        pixels = pixels * rng.uniform(0.2, 0.6)
    if rng.random() < 0.25:
        pixels = blurred(pixels, rng, 24)
    if rng.random() < 0.4:
        grain = noise.standard_normal((*pixels.shape[:2], 1 if rng.random() < 0.5 else 3), dtype=np.float32)
        pixels = pixels + grain * rng.uniform(1, 14)
    stored = pixels.clip(0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        _, data = cv2.imencode(".jpg", stored, [cv2.IMWRITE_JPEG_QUALITY, rng.randint(35, 95)])
        stored = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return stored


def blurred(pixels: NDArray[np.float32], rng: random.Random, size: float) -> NDArray[np.float32]:
    """Return the picture out of focus or moved, by at most a part of the size given in pixels."""
    reach = min(rng.expovariate(1 / 0.8), size / 7)
    if rng.random() < 0.6:
        return np.asarray(cv2.GaussianBlur(pixels, (0, 0), max(reach, 0.3)))
    length = max(1, round(reach * 3))
    kernel = np.zeros((length, length), np.float32)
    turn = rng.uniform(0, np.pi)
    middle, along = (length - 1) / 2, np.array([np.cos(turn), np.sin(turn)]) * length / 2
    ends = [(round(middle - along[0]), round(middle - along[1])), (round(middle + along[0]), round(middle + along[1]))]
    cv2.line(kernel, ends[0], ends[1], 1.0)
    return np.asarray(cv2.filter2D(pixels, -1, kernel / max(float(kernel.sum()), 1.0)))
