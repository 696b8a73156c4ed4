package policy

import (
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/job"
)

func offer() (Policy, job.Terms, uint64, Standing) {
	p := Default()
	p.MinPriceUnits = 100
	p.MinSubmitSeconds = 60
	p.MinDecideSeconds, p.MinAppealSeconds = 500, 200
	p.MaxSettleSeconds = 1000
	p.MinFeesWei = amount.SAGE(1) // the fee token has as many decimals
	p.MaxPenaltyWei = amount.SAGE(50)
	terms := job.Terms{
		AIR: job.AIRMatmul, AIRVersion: job.AIRMatmulVersion, VerifierVersion: job.VerifierVersion,
		Rows: 1024, Inner: 1, Columns: 8, PenaltyCap: amount.SAGE(1_000),
		Windows: job.Windows{Accept: 1, Submit: 60, Decide: 500, Challenge: 300, Appeal: 200},
	}
	s := Standing{Eligible: true, Status: "Active", Active: amount.SAGE(1_000), Bonded: amount.SAGE(900), MinStake: amount.SAGE(1_000), Fees: amount.SAGE(1)}
	return p, terms, 100, s
}

func TestCheckAtTheLimits(t *testing.T) {
	p, terms, price, s := offer()
	if err := p.Check(terms, price, s); err != nil {
		t.Fatalf("every value at its limit: %v", err)
	}
	cases := map[string]struct {
		change func(*Policy, *job.Terms, *uint64, *Standing)
		text   string
	}{
		"air":      {func(_ *Policy, t *job.Terms, _ *uint64, _ *Standing) { t.AIR = 2 }, "AIR 2"},
		"version":  {func(_ *Policy, t *job.Terms, _ *uint64, _ *Standing) { t.AIRVersion = 9 }, "version 9"},
		"verifier": {func(_ *Policy, t *job.Terms, _ *uint64, _ *Standing) { t.VerifierVersion = 7 }, "verifier version 7"},
		"size":     {func(p *Policy, _ *job.Terms, _ *uint64, _ *Standing) { p.MaxSize = 1023 }, "1024"},
		"price":    {func(_ *Policy, _ *job.Terms, n *uint64, _ *Standing) { *n-- }, "0.000000099 SAGE, at least 0.0000001"},
		"submit":   {func(_ *Policy, t *job.Terms, _ *uint64, _ *Standing) { t.Windows.Submit-- }, "59 s"},
		"decide":   {func(_ *Policy, t *job.Terms, _ *uint64, _ *Standing) { t.Windows.Decide-- }, "499 s for validators"},
		"appeal":   {func(_ *Policy, t *job.Terms, _ *uint64, _ *Standing) { t.Windows.Appeal-- }, "199 s to appeal"},
		"nothing": {func(p *Policy, _ *job.Terms, n *uint64, _ *Standing) {
			*n, p.MinPriceUnits = 0, Default().MinPriceUnits
		}, "pays 0 SAGE"},
		"fees":     {func(_ *Policy, _ *job.Terms, _ *uint64, s *Standing) { s.Fees = amount.SAGE(0) }, "0 STRK for fees, at least 1"},
		"settle":   {func(_ *Policy, t *job.Terms, _ *uint64, _ *Standing) { t.Windows.Appeal++ }, "201"},
		"overflow": {func(_ *Policy, t *job.Terms, _ *uint64, _ *Standing) { t.Windows.Appeal = math.MaxUint64 }, "together"},
		"standing": {func(_ *Policy, _ *job.Terms, _ *uint64, s *Standing) { s.Eligible, s.Status = false, "Jailed" }, "Jailed with 1000 SAGE"},
		"bond":     {func(_ *Policy, _ *job.Terms, _ *uint64, s *Standing) { s.Bonded.Add(s.Bonded, big.NewInt(1)) }, "bond is 100 SAGE"},
		"penalty":  {func(p *Policy, _ *job.Terms, _ *uint64, _ *Standing) { p.MaxPenaltyWei = amount.SAGE(49) }, "50 SAGE, at most 49"},
		"cap small": {func(p *Policy, t *job.Terms, _ *uint64, _ *Standing) {
			p.MaxPenaltyWei, t.PenaltyCap = amount.SAGE(9), amount.SAGE(10)
		}, "10 SAGE, at most 9"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			p, terms, price, s := offer()
			c.change(&p, &terms, &price, &s)
			err := p.Check(terms, price, s)
			if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%v, want ErrRefused with %q", err, c.text)
			}
		})
	}
}

// The penalty is at most the cap and at most 5 % of the stake, and one of the two.
func TestTimeoutPenalty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stake := new(big.Int).SetUint64(rapid.Uint64().Draw(t, "stake"))
		limit := new(big.Int).SetUint64(rapid.Uint64().Draw(t, "cap"))
		got := Standing{Active: stake}.TimeoutPenalty(limit)
		share := new(big.Int).Div(new(big.Int).Mul(stake, big.NewInt(5)), big.NewInt(100))
		if got.Cmp(limit) > 0 || got.Cmp(share) > 0 || got.Cmp(limit) != 0 && got.Cmp(share) != 0 {
			t.Errorf("stake %v, cap %v: %v", stake, limit, got)
		}
	})
}
