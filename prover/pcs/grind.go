package pcs

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/sage-network/sage-node/prover/blake2s"
	"github.com/sage-network/sage-node/prover/channel"
	"github.com/sage-network/sage-node/prover/internal/parallel"
	"github.com/sage-network/sage-node/prover/m31"
)

// Nonces are tried in the order of Stwo's prover: low word below 2^grindLowBits
// first, then the next high word. Both words stay below the field's modulus.
const grindLowBits = 20

// grindStep is the number of nonces between two looks at the context.
const grindStep = 1 << 12

// MaxPowBits is the largest proof of work that [Grind] takes on.
const MaxPowBits = 32

// errFound stops the search.
var errFound = errors.New("found")

// Grind returns the first nonce, in the order above, whose hash with the
// transcript's digest has at least powBits trailing zero bits; ch is not changed.
// The expected work is 2^powBits hashes.
func Grind(ctx context.Context, w parallel.Workers, ch *channel.Channel, powBits uint32) (uint64, error) {
	if powBits > MaxPowBits {
		return 0, fmt.Errorf("pcs: proof of work of %d bits, at most %d are supported", powBits, MaxPowBits)
	}
	prefix := blake2s.FromBytes(ch.PowDigest(powBits))
	mask := uint32(1)<<powBits - 1
	var best atomic.Uint64
	best.Store(1 << 63)
	err := parallel.For(ctx, w, m31.P, func(_, hi int) error {
		search := blake2s.NewNonceSearch(prefix, uint32(hi))
		for low := uint32(0); low < 1<<grindLowBits; low += grindStep {
			if err := ctx.Err(); err != nil {
				return err
			}
			if uint64(hi)<<32 > best.Load() {
				return nil // a smaller nonce is known
			}
			if found, ok := search.Find(low, grindStep, mask); ok {
				nonce := uint64(hi)<<32 | uint64(found)
				for old := best.Load(); nonce < old && !best.CompareAndSwap(old, nonce); old = best.Load() {
				}
				return errFound
			}
		}
		return nil
	})
	if !errors.Is(err, errFound) {
		if err == nil {
			err = errors.New("pcs: no nonce gives the proof of work")
		}
		return 0, err
	}
	// High words start in ascending order and run to their end, so every smaller
	// one has been searched, unless the context's end came in between.
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return best.Load(), nil
}

// Tries returns how many nonces there are up to the given one in the order of
// [Grind], which is how many it tried before it found this one.
func Tries(nonce uint64) uint64 { return nonce>>32<<grindLowBits + nonce&(1<<32-1) + 1 }
