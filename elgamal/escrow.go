package elgamal

import (
	"github.com/NethermindEth/juno/core/felt"
	"github.com/sage-network/sage-node/internal/starkhash"
)

// escrowDomain is the short string 'SAGE/ESCROW/1'.
var escrowDomain = *new(felt.Felt).SetBytes([]byte("SAGE/ESCROW/1"))

// Escrow is the payment tuple that a locked payment is stored as a hash of.
// Release and refund supply it again.
type Escrow struct {
	JobID     felt.Felt // below 2^128
	Attempt   uint32
	Payer     felt.Felt // account addresses
	Worker    felt.Felt
	PayerKey  Point
	WorkerKey Point
	KeyEpoch  uint64
	Lo, Hi    Half
}

// Escrow returns the tuple of a payment.
func (st *PayStatement) Escrow(pay *Payment) Escrow {
	return Escrow{
		JobID: st.JobID, Attempt: st.Attempt, Payer: st.Caller, Worker: st.Worker,
		PayerKey: st.PayerKey.p, WorkerKey: st.WorkerKey.p, KeyEpoch: st.KeyEpoch, Lo: pay.Lo, Hi: pay.Hi,
	}
}

// Felts returns the tuple in the order of the contract's Escrow struct.
func (e *Escrow) Felts() []felt.Felt {
	out := []felt.Felt{e.JobID, uint64Felt(uint64(e.Attempt)), e.Payer, e.Worker}
	out = append(append(out, e.PayerKey.Felts()...), e.WorkerKey.Felts()...)
	out = append(out, uint64Felt(e.KeyEpoch))
	return append(append(out, e.Lo.Felts()...), e.Hi.Felts()...)
}

// Hash returns the escrow hash that the contract stores and that terms_hash covers.
func (e *Escrow) Hash() felt.Felt {
	return starkhash.PoseidonMany(append([]felt.Felt{escrowDomain}, e.Felts()...)...)
}

// ParseEscrow decodes what [Escrow.Felts] yields, strictly: no point may be the
// identity or off the curve.
func ParseEscrow(fs []felt.Felt) (Escrow, error) {
	r := reader{fs: fs}
	e := Escrow{JobID: r.u128(), Attempt: r.uint32(), Payer: r.next(), Worker: r.next()}
	e.PayerKey, e.WorkerKey = r.point(), r.point()
	e.KeyEpoch = r.uint64()
	e.Lo, e.Hi = r.half(), r.half()
	return e, r.finish()
}
