package elgamal

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// Sighting is a payment as the chain tells of it: the statement as far as its
// event has it (chain, contract, payer's nonce and key, job, attempt), and what the
// worker opens.
type Sighting struct {
	Statement PayStatement
	Lo, Hi    Half
	Hint      Hint
}

// Opened is what a worker made of a [Sighting].
type Opened struct {
	Units uint64
	// Err is nil, or ErrHint when the payment is for another key or its hint is not
	// true; [Solver.Payment] decides which.
	Err error
}

// OpenAll opens many payments with the worker's key on all cores, at the cost of
// one short decryption for those of others and two scalar multiplications for its
// own. It ends early with ctx's error.
func OpenAll(ctx context.Context, key SecretKey, seen []Sighting) ([]Opened, error) {
	// A payer's Diffie-Hellman value is the same in all of its payments.
	var shared sync.Map
	secret := func(payer PublicKey) []byte {
		if v, ok := shared.Load(payer); ok {
			return v.([]byte)
		}
		v := feltBytes(key.mulSecret(payer.p).Felts())
		shared.Store(payer, v)
		return v
	}
	out := make([]Opened, len(seen))
	var next atomic.Int64
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(seen) {
					return
				}
				s := &seen[i]
				out[i].Units, out[i].Err = openShared(key, secret(s.Statement.PayerKey), labelWorker,
					s.Statement.hintInfo(s.Lo, s.Hi), s.Lo.ForWorker(), s.Hi.ForWorker(), s.Hint)
			}
		})
	}
	all.Wait()
	return out, ctx.Err()
}
