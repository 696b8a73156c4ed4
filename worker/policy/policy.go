// Package policy decides which attempts a worker is willing to accept. It is pure: it compares the
// terms of an offer, the price that the worker decrypted and the worker's own standing with what its
// operator has configured.
package policy

import (
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/job"
)

// ErrRefused means that an offer is not within the worker's policy. The wrapped text names what was
// offered and what the policy wants.
var ErrRefused = errors.New("outside this worker's policy")

// AIR names a constraint system in one version.
type AIR struct{ ID, Version uint32 }

// Policy is what an operator accepts. Zero values of limits mean "no limit of my own"; the
// contracts' bounds hold in any case.
type Policy struct {
	// MinPriceUnits is the least that an attempt must pay, in private units.
	MinPriceUnits uint64
	// AIRs are the constraint systems that this program can prove.
	AIRs []AIR
	// VerifierVersions are the verification rules that it knows.
	VerifierVersions []uint32
	// MaxSize bounds each dimension of the matrices.
	MaxSize uint32
	// MinSubmitSeconds is the least time from accept to submission: what a proof takes here.
	MinSubmitSeconds uint64
	// MinDecideSeconds and MinAppealSeconds are the least times for validators to find the proof and to
	// put an error right: with too little of them work is not paid, or an honest worker pays a penalty.
	MinDecideSeconds, MinAppealSeconds uint64
	// MaxSettleSeconds bounds decide + challenge + appeal: how long bond and payment may hang.
	MaxSettleSeconds uint64
	// MaxPenaltyWei bounds what a timeout may cost: the smaller of the attempt's cap and 5 % of the
	// stake.
	MaxPenaltyWei *big.Int
	// MinFeesWei is the least that the account must hold for transaction fees: a worker that accepts and
	// then cannot pay for its submission is slashed.
	MinFeesWei *big.Int
}

// Default is the policy of a worker whose operator has configured nothing.
func Default() Policy {
	return Policy{
		AIRs:             []AIR{{job.AIRMatmul, job.AIRMatmulVersion}},
		VerifierVersions: []uint32{job.VerifierVersion},
		MaxSize:          job.MaxSize,
		MinPriceUnits:    1,
		MinFeesWei:       big.NewInt(5e17),
	}
}

// Standing is how the worker itself stands on-chain.
type Standing struct {
	// Eligible is StakingManager's own answer for the offer's tier and attestation.
	Eligible bool
	// Status names the worker's state in StakingManager.
	Status string
	// Active is the stake that counts, in wei; Bonded the part that open attempts hold.
	Active, Bonded *big.Int
	// MinStake is the tier's minimum, in wei.
	MinStake *big.Int
	// Fees is what the account holds for transaction fees, in the fee token's wei; nil: unknown.
	Fees *big.Int
}

// Unstaking reports whether the stake is on its way out.
func (s Standing) Unstaking() bool { return s.Status == "Unstaking" }

// Bond is the part of the stake that one accepted attempt locks: 10 %.
func (s Standing) Bond() *big.Int { return new(big.Int).Div(s.Active, big.NewInt(10)) }

// timeoutShare is 5 %, in basis points.
var timeoutShare = big.NewInt(500)

// TimeoutPenalty is what a missed submission costs: the smaller of 5 % of the stake and the cap.
func (s Standing) TimeoutPenalty(penaltyCap *big.Int) *big.Int {
	share := new(big.Int).Mul(s.Active, timeoutShare)
	share.Div(share, big.NewInt(10_000))
	if penaltyCap.Cmp(share) < 0 {
		return new(big.Int).Set(penaltyCap)
	}
	return share
}

// Check returns nil when the worker is willing, else an error that wraps [ErrRefused].
func (p Policy) Check(terms job.Terms, priceUnits uint64, s Standing) error {
	refuse := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s", ErrRefused, fmt.Sprintf(format, args...))
	}
	if air := (AIR{terms.AIR, terms.AIRVersion}); !slices.Contains(p.AIRs, air) {
		return refuse("AIR %d version %d is asked for, this worker proves %v", air.ID, air.Version, p.AIRs)
	}
	if !slices.Contains(p.VerifierVersions, terms.VerifierVersion) {
		return refuse("verifier version %d is asked for, this worker knows %v", terms.VerifierVersion, p.VerifierVersions)
	}
	if size := max(terms.Rows, terms.Inner, terms.Columns); p.MaxSize != 0 && size > p.MaxSize {
		return refuse("matrices of size %d, at most %d", size, p.MaxSize)
	}
	if priceUnits < p.MinPriceUnits {
		return refuse("the escrow pays %s SAGE, at least %s is wanted", amount.FormatUnits(priceUnits), amount.FormatUnits(p.MinPriceUnits))
	}
	w := terms.Windows
	if w.Submit < p.MinSubmitSeconds {
		return refuse("%d s to submit, at least %d s are wanted", w.Submit, p.MinSubmitSeconds)
	}
	if w.Decide < p.MinDecideSeconds {
		return refuse("%d s for validators to decide, at least %d s are wanted", w.Decide, p.MinDecideSeconds)
	}
	if w.Appeal < p.MinAppealSeconds {
		return refuse("%d s to appeal, at least %d s are wanted", w.Appeal, p.MinAppealSeconds)
	}
	settle, ok := sum(w.Decide, w.Challenge, w.Appeal)
	if p.MaxSettleSeconds != 0 && (!ok || settle > p.MaxSettleSeconds) {
		return refuse("decision, challenge and appeal may take %d + %d + %d s, at most %d s together", w.Decide, w.Challenge, w.Appeal, p.MaxSettleSeconds)
	}
	if !s.Eligible {
		return refuse("this worker is not eligible on-chain: it is %s with %s SAGE of stake, its tier wants %s",
			s.Status, amount.Format(s.Active), amount.Format(s.MinStake))
	}
	if free, bond := new(big.Int).Sub(s.Active, s.Bonded), s.Bond(); free.Cmp(bond) < 0 {
		return refuse("the bond is %s SAGE, of the stake only %s is not bonded yet", amount.Format(bond), amount.Format(free))
	}
	if p.MinFeesWei != nil && s.Fees != nil && s.Fees.Cmp(p.MinFeesWei) < 0 {
		return refuse("the account holds %s STRK for fees, at least %s are wanted before anything is promised", amount.Format(s.Fees), amount.Format(p.MinFeesWei))
	}
	if penalty := s.TimeoutPenalty(terms.PenaltyCap); p.MaxPenaltyWei != nil && penalty.Cmp(p.MaxPenaltyWei) > 0 {
		return refuse("a timeout would cost %s SAGE, at most %s is accepted", amount.Format(penalty), amount.Format(p.MaxPenaltyWei))
	}
	return nil
}

func sum(parts ...uint64) (total uint64, ok bool) {
	for _, v := range parts {
		if total+v < total {
			return 0, false
		}
		total += v
	}
	return total, true
}
