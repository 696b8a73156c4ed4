package matmul

import (
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"

	"github.com/sage-network/sage-node/prover/proof"
)

// preprocessedRoots holds the root of tree 0 for each k, in hexadecimal: the
// Merkle root over the low-degree extension, by the blowup of Config, of the
// columns first and start. They are constants of this AIR version.
var preprocessedRoots = map[uint32]string{
	3:  "06abf3c64b6ba8aa770411dedbb5ffcd19194cc42702b87707047f819914d566",
	4:  "e96d7ee5c66a4c1defaab0854f991ec8f02b02a10aa42333cf6a633d64fe29d1",
	5:  "21abbbb02dff6f76860aea4f8cdcbda645278dd6edb3ca62c1cfcc45cbdf7be5",
	6:  "26036e5b45c7a6b7fd5877fb0c1046c3de383106f745a31a782904f322853b02",
	7:  "1415fbd90576b3d2885f5f13fb7fc792fb70144fb40f7fadc7a78e2fc428105f",
	8:  "9dc811732a80a99301e161142aff05a134a15f16ce306896532dfc8e59903cef",
	9:  "13c702ec2f3caa713970bac8f76eb5080d973b3c159f8c21f45c0c6ac9ce5619",
	10: "fd6b35983e2ec059f6f9f67c34248ab2f2ede131da822cbf5c4b2935cb532ad5",
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

// preprocessedLayers holds, for the sizes where it saves time, the layer of tree 0 above
// subtrees of 2^LayerAbove leaves: the nodes from left to right, 32 bytes each.
//
//go:embed preprocessed/*.layer
var preprocessedLayers embed.FS

// LayerAbove is log₂ of the number of leaves under a node of [PreprocessedLayer]. An
// opening at 20 queries hashes 20 such subtrees, 2 ms on one core with AVX-512.
const LayerAbove = 12

// LayerFile is the file of the layer for matrices of 2^k × 2^k.
func LayerFile(k uint32) string { return fmt.Sprintf("preprocessed/k%02d.layer", k) }

// PreprocessedLayer returns the layer of tree 0 above subtrees of 2^LayerAbove leaves
// for matrices of 2^k × 2^k, or nil where the whole tree is computed as fast. It is what
// the prover starts from, and of no concern to a verifier: a wrong one fails to prove.
func PreprocessedLayer(k uint32) ([]proof.Hash, error) {
	data, err := preprocessedLayers.ReadFile(LayerFile(k))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	layer := make([]proof.Hash, len(data)/len(proof.Hash{}))
	for i := range layer {
		copy(layer[i][:], data[i*len(layer[i]):])
	}
	return layer, nil
}

// Tree0 returns what is known of tree 0 for matrices of 2^k × 2^k, as a prove.Instance
// takes it: its root, and its layer where there is one.
func Tree0(k uint32) (roots map[int]proof.Hash, layers map[int][]proof.Hash, err error) {
	root, err := PreprocessedRoot(k)
	if err != nil {
		return nil, nil, err
	}
	roots, layers = map[int]proof.Hash{TreePreprocessed: root}, map[int][]proof.Hash{}
	layer, err := PreprocessedLayer(k)
	if layer != nil {
		layers[TreePreprocessed] = layer
	}
	return roots, layers, err
}
