"""Writes the envelopes of the crate's proofs as docs/protocol.md describes them ("Packed
felts", "File"), independently of package proof: python3 envelope.py

It reads the golden JSON one folder up, and knows of each case what a verifier knows:
the AIR's id in files, the words of the transcript and the interaction's bits.
"""

import gzip
import json
import struct
from pathlib import Path

HERE = Path(__file__).parent

# name: (AIR id, bits of the interaction's nonce, words)
CASES = {
    "bus_5_t7_i8_b1_f4_l1_q20_p1": (65539, 8, []),
    "bus_6_t5_b2_f3_l1_q1_p3": (65539, 0, []),
    "range-check_7_c4_t10_i4_b5_f2_l4_q8_p8": (65538, 4, []),
    "assorted_6_c4_t5_i8_b2_f4_l2_q3_p10": (65541, 8, []),
    "matmul-batch_6_m2_b1_f1_l0_q8_p5": (65543, 0, []),
    "masks_5_b1_f2_l2_q20_p0": (65540, 0, []),
}


def section(values, per_felt, bits):
    return [
        sum(v << (bits * i) for i, v in enumerate(values[at : at + per_felt]))
        for at in range(0, len(values), per_felt)
    ]


def words(values):
    return section(values, 7, 32)


def elements(values):
    return section(values, 8, 31)


def secure(felts):
    return elements([c for felt in felts for pair in felt for c in pair])


def hashes(hs):
    return words([w for h in hs for w in struct.unpack("<8I", bytes(h))])


def nonce(n):
    return [n & 0xFFFFFFFF, n >> 32]


def pack(document):
    proof, sums = document["proof"], document["claimed_sums"]
    felts = []
    if sums:
        felts += words([0, 2, len(sums)] + nonce(document["interaction_pow"]))
        felts += secure(sums)
    fri = proof["fri_proof"]
    layers = [fri["first_layer"]] + fri["inner_layers"]
    queries = len(proof["queried_values"][-1][0])
    counts = [queries] + [len(d["hash_witness"]) for d in proof["decommitments"]]
    for layer in layers:
        counts += [len(layer["fri_witness"]), len(layer["decommitment"]["hash_witness"])]
    felts += words(counts + nonce(proof["proof_of_work"]))
    felts += hashes(proof["commitments"] + [layer["commitment"] for layer in layers])
    felts += secure([s for tree in proof["sampled_values"] for column in tree for s in column])
    felts += secure(fri["last_layer_poly"]["coeffs"])
    for tree, decommitment in zip(proof["queried_values"], proof["decommitments"]):
        felts += elements([column[q] for q in range(queries) for column in tree])
        felts += hashes(decommitment["hash_witness"])
    for layer in layers:
        felts += secure(layer["fri_witness"])
        felts += hashes(layer["decommitment"]["hash_witness"])
    return felts


def envelope(document, air, bits, public):
    config = document["proof"]["config"]
    fri = config["fri_config"]
    assert config["lifting_log_size"] is None
    version = 2 if document["claimed_sums"] else 1
    head = [version, air, 1, config["pow_bits"], fri["log_blowup_factor"],
            fri["log_last_layer_degree_bound"], fri["n_queries"], fri["fold_step"], 0]
    if version == 2:
        head.append(bits)
    felts = pack(document)
    numbers = head + [len(public)] + public + [len(felts)]
    return b"SAGEPRF\0" + struct.pack(f"<{len(numbers)}I", *numbers) + b"".join(
        felt.to_bytes(32, "big") for felt in felts
    )


for name, (air, bits, public) in CASES.items():
    with gzip.open(HERE.parent / (name + ".json.gz")) as f:
        data = envelope(json.load(f), air, bits, public)
    with open(HERE / (name + ".bin.gz"), "wb") as f:
        f.write(gzip.compress(data, mtime=0))
