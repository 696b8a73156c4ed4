package job

import (
	"math/big"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/internal/starkhash"
)

// Windows are the seconds an attempt may spend in each state; see docs/protocol.md.
type Windows struct {
	Accept    uint64 `json:"accept"`
	Submit    uint64 `json:"submit"`
	Decide    uint64 `json:"decide"`
	Challenge uint64 `json:"challenge"`
	Appeal    uint64 `json:"appeal"`
}

// Verdict is the longest that a submitted attempt can take to end: decided at the last second as UNAVAILABLE, then as VALID
// or INVALID, then disputed.
func (w Windows) Verdict() uint64 {
	return w.Decide + w.Appeal + max(w.Challenge, w.Appeal) + w.Appeal
}

// Terms are what a worker binds itself to when it accepts an attempt. The worker computes their
// hash from what it has checked itself; the contract compares it with its own.
type Terms struct {
	Job             ID
	Attempt         uint32
	Worker          felt.Felt
	SpecHash        felt.Felt
	InputCommitment [32]byte
	AIR             uint32
	AIRVersion      uint32
	K               uint32
	Rows            uint32
	Inner           uint32
	Columns         uint32
	VerifierVersion uint32
	EscrowHash      felt.Felt
	AuditorEpoch    uint64
	Windows         Windows
	PenaltyCap      *big.Int // wei
	Delivery        Delivery
}

// Hash is Poseidon over the terms behind the tag 'SAGE/TERMS/1', in the order of the contract.
func (t Terms) Hash() felt.Felt {
	inLow, inHigh := starkhash.SplitU256(t.InputCommitment)
	var c [32]byte
	t.PenaltyCap.FillBytes(c[:])
	capLow, capHigh := starkhash.SplitU256(c)
	n := starkhash.Uint64
	var delivery uint64
	if t.Delivery == DeliverProof {
		delivery = 1
	}
	return starkhash.PoseidonMany(
		starkhash.MustShortString("SAGE/TERMS/1"),
		t.Job.Felt(), n(uint64(t.Attempt)), t.Worker, t.SpecHash, inLow, inHigh,
		n(uint64(t.AIR)), n(uint64(t.AIRVersion)),
		n(uint64(t.K)), n(uint64(t.Rows)), n(uint64(t.Inner)), n(uint64(t.Columns)),
		n(uint64(t.VerifierVersion)), t.EscrowHash, n(t.AuditorEpoch),
		n(t.Windows.Accept), n(t.Windows.Submit), n(t.Windows.Decide), n(t.Windows.Challenge), n(t.Windows.Appeal),
		capLow, capHigh, n(delivery),
	)
}
