package elgamal

import (
	"github.com/NethermindEth/juno/core/felt"
	"github.com/sage-network/sage-node/internal/starkhash"
)

// Op is the number of a statement in a transcript; docs/payments.md lists them.
type Op uint64

// The statements that carry a proof.
const (
	OpRegister Op = 1
	OpPay      Op = 3
	OpWithdraw Op = 8
	OpRagequit Op = 9
	OpRotate   Op = 10
)

// domain is the short string 'SAGE/PAY/1', the first felt of every transcript.
var domain = *new(felt.Felt).SetBytes([]byte("SAGE/PAY/1"))

// Context is what every proof is bound to besides its own statement: a proof
// is valid on one chain, at one contract, from one caller, for one nonce and
// one stored balance.
type Context struct {
	ChainID  felt.Felt // the transaction's chain id, a short string
	Contract felt.Felt // address of the PrivacyRouter
	Caller   felt.Felt // account that the statement is about
	Asset    felt.Felt // address of the ERC-20 token behind the units
	KeyEpoch uint64    // auditor key epoch; 0 in statements that no auditor key takes part in
	Nonce    uint64    // the account's nonce before the call
	Balance  Ciphertext
}

// transcript collects the felts that a challenge is the hash of. One with a range proof
// is hashed in two parts: the second begins with the hash of the first.
type transcript struct {
	opening []felt.Felt // the first part, once it is hashed
	felts   []felt.Felt
}

func newTranscript(op Op, c *Context) *transcript {
	t := &transcript{felts: make([]felt.Felt, 0, 1024)}
	t.felt(domain, uint64Felt(uint64(op)), c.ChainID, c.Contract, c.Caller, c.Asset,
		uint64Felt(c.KeyEpoch), uint64Felt(c.Nonce))
	t.point(c.Balance.L, c.Balance.R)
	return t
}

func (t *transcript) felt(fs ...felt.Felt) { t.felts = append(t.felts, fs...) }

func (t *transcript) point(ps ...Point) {
	for _, p := range ps {
		t.felts = append(t.felts, p.X(), p.Y())
	}
}

// fold puts the Poseidon hash of all felts in their place, and returns it modulo n.
func (t *transcript) fold() Scalar {
	h := starkhash.PoseidonMany(t.felts...)
	t.opening, t.felts = t.felts, []felt.Felt{h}
	b := h.Bytes()
	var s Scalar
	s.SetBytes(b[:])
	return s
}

// challenge returns the low 128 bits of the Poseidon hash of all felts.
func (t *transcript) challenge() Challenge {
	h := starkhash.PoseidonMany(t.felts...)
	return lowChallenge(&h)
}

// check compares a claimed challenge with the transcript's.
func (t *transcript) check(c Challenge) error {
	if t.challenge() != c {
		return ErrProof
	}
	return nil
}
