package matmul

import (
	"encoding/hex"
	"fmt"

	"github.com/sage-network/sage-node/prover/proof"
)

// preprocessedRoots holds the root of tree 0 for each k, in hexadecimal: the
// Merkle root over the low-degree extension, by the blowup of Config, of the
// columns first and start. They are constants of this AIR version.
var preprocessedRoots = map[uint32]string{
	4: "e96d7ee5c66a4c1defaab0854f991ec8f02b02a10aa42333cf6a633d64fe29d1",
}

// PreprocessedRoot returns the root that tree 0 must have for matrices of
// 2^k × 2^k.
func PreprocessedRoot(k uint32) (proof.Hash, error) {
	text, ok := preprocessedRoots[k]
	if !ok {
		return proof.Hash{}, fmt.Errorf("matmul: no preprocessed root for k = %d", k)
	}
	root, err := hex.DecodeString(text)
	if err != nil {
		return proof.Hash{}, fmt.Errorf("matmul: preprocessed root for k = %d: %w", k, err)
	}
	return proof.Hash(root), nil
}
