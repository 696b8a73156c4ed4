package elgamal

import (
	"testing"

	"github.com/NethermindEth/juno/core/felt"
)

func BenchmarkPoseidon800(b *testing.B) {
	fs := make([]felt.Felt, 800)
	for b.Loop() {
		poseidon(fs)
	}
}
