package executor

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/internal/amount"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/prover"
	"github.com/sage-network/sage-node/wire"
	"github.com/sage-network/sage-node/worker/journal"
)

// What is wrong before accept costs nothing: the offer is declined with a reason, and nothing is sent.
func TestDeclines(t *testing.T) {
	small := spec()
	small.Rows = 7
	cases := map[string]struct {
		change func(*world)
		offer  func(*testing.T) wire.Offer
		text   string
	}{
		"another specification": {offer: func(t *testing.T) wire.Offer { return offer(t, job.NewMatmul(8, job.Hash{8})) }, text: "specification hashes to"},
		"another shape":         {offer: func(t *testing.T) wire.Offer { return offer(t, small) }, text: "specification hashes to"},
		"invalid specification": {offer: func(t *testing.T) wire.Offer { return offer(t, job.NewMatmul(4096, job.Hash{7})) }, text: "bad payload"},
		"garbage": {offer: func(t *testing.T) wire.Offer {
			return wire.Offer{Job: theKey.Job, Attempt: 1, Payload: []byte("garbage")}
		}, text: "bad payload"},
		"unknown field": {offer: func(t *testing.T) wire.Offer {
			return wire.Offer{Job: theKey.Job, Attempt: 1, Payload: sealed(t, map[string]any{"spec": spec(), "price": 1})}
		}, text: "unknown field"},
		"attempt 0":               {offer: func(t *testing.T) wire.Offer { o := offer(t, spec()); o.Attempt = 0; return o }, text: "numbered from 1"},
		"another worker":          {change: func(w *world) { w.view.Terms.Worker = jobs }, text: "assigned to"},
		"another input root":      {change: func(w *world) { w.view.Terms.InputCommitment[0] ^= 1 }, text: "inputs commit to"},
		"another escrow":          {change: func(w *world) { w.view.Terms.EscrowHash = jobs }, text: "escrow hashes to"},
		"bad escrow":              {change: func(w *world) { w.escrowErr = fmt.Errorf("%w: amount", ErrEscrow) }, text: "bad escrow"},
		"price too low":           {change: func(w *world) { w.units = 4_999_999_999 }, text: "at least 5 is wanted"},
		"another terms hash":      {change: func(w *world) { w.view.TermsHash = jobs }, text: "terms hash to"},
		"hidden penalty":          {change: func(w *world) { w.view.Terms.PenaltyCap = amount.SAGE(51) }, text: "terms hash to"},
		"hidden window":           {change: func(w *world) { w.view.Terms.Windows.Appeal++ }, text: "terms hash to"},
		"another delivery":        {change: func(w *world) { w.view.Terms.Delivery = job.DeliverProof }, text: "delivery"},
		"another k":               {change: func(w *world) { w.view.Terms.K = 9 }, text: "k is"},
		"another tier":            {change: func(w *world) { w.view.MinTier = job.TierFrontier }, text: "minimum tier"},
		"synthetic on-chain":      {change: func(w *world) { w.view.Synthetic = true }, text: "synthetic"},
		"unknown AIR":             {change: func(w *world) { w.view.Terms.AIR = 2 }, text: "AIR"},
		"unknown AIR version":     {change: func(w *world) { w.view.Terms.AIRVersion = 2 }, text: "AIR 1 version 2"},
		"jailed":                  {change: func(w *world) { w.standing.Eligible = false }, text: "not eligible"},
		"accept window over":      {change: func(w *world) { w.now = w.view.Deadline + 1 }, text: "accept window"},
		"void":                    {change: func(w *world) { w.view.State = StateVoid }, text: "VOID"},
		"submitted by another":    {change: func(w *world) { w.view.State = StateSubmitted }, text: "SUBMITTED"},
		"never funded":            {change: func(w *world) { w.view.State = StateAssigned }, text: "not funded after"},
		"unknown on-chain":        {change: func(w *world) { w.view = View{} }, text: "NONE on-chain"},
		"panic while checking":    {change: func(w *world) { w.compute = func(string) error { panic("boom") } }, text: "panicked"},
		"accept keeps reverting":  {change: func(w *world) { w.sendErr["accept"] = fmt.Errorf("%w: terms", ErrReverted) }, text: "failed 3 times"},
		"input blob is not there": {offer: func(t *testing.T) wire.Offer { return offer(t, blobSpec(job.Hash{1})) }, change: func(w *world) { w.fundBlob(blobSpec(job.Hash{1})) }, text: "input blob"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				if c.change != nil {
					c.change(w)
				}
				e := begin(t, w, 0, func(cfg *Config) { cfg.Policy.MinPriceUnits = 5_000_000_000 })
				defer e.stop()
				o := offer(t, spec())
				if c.offer != nil {
					o = c.offer(t)
				}
				e.Offer(o)
				var d wire.Declined
				for range 1000 {
					var ok bool
					if d, ok = last[wire.Declined](w); ok {
						break
					}
					time.Sleep(10 * time.Millisecond)
				}
				if !strings.Contains(d.Reason, c.text) || d.Fence != o.Fence || d.Job != o.Job {
					t.Errorf("declined with %+v, want %q", d, c.text)
				}
				if len(w.sent) != 0 {
					t.Errorf("sent %v", w.sent)
				}
				if r := w.stored(); r.Step != "" && r.Step != journal.Dropped {
					t.Errorf("recorded as %s", r.Step)
				}
			})
		})
	}
}

func blobSpec(h job.Hash) job.Spec {
	s := spec()
	s.Input = job.Input{Kind: job.InputBlob, Blob: h}
	return s
}

// fundBlob funds a job whose inputs are those of the seed specification, given as a blob.
func (w *world) fundBlob(s job.Spec) {
	w.fund(spec())
	w.view.Terms.SpecHash = s.Hash()
	w.view.TermsHash = w.view.Terms.Hash()
}

func TestOtherInputs(t *testing.T) {
	a, b, err := prover.Expand(spec().Input.Seed, 8, 8, 8)
	if err != nil {
		t.Fatal(err)
	}
	pair, _ := a.MarshalBinary()
	second, _ := b.MarshalBinary()
	pair = wire.JoinInput(pair, second)
	synthetic := spec()
	synthetic.Input = job.Input{Kind: job.InputSynthetic, SeedBlock: 9}
	cases := map[string]struct {
		spec job.Spec
		fund func(*world, job.Spec)
	}{
		"blob": {blobSpec(job.Hash{9}), func(w *world, s job.Spec) { w.depot[s.Input.Blob] = pair; w.fundBlob(s) }},
		"synthetic": {synthetic, func(w *world, s job.Spec) {
			w.blockHash = *new(felt.Felt).SetUint64(0xb10c)
			w.fund(s)
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				c.fund(w, c.spec)
				e := begin(t, w, 0, nil)
				defer e.stop()
				e.Offer(offer(t, c.spec))
				if r := until(t, w); r.Step != journal.Paid {
					t.Errorf("%+v", r)
				}
			})
		})
	}
}

func TestUnstakingDeclines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		e := begin(t, w, 0, nil)
		defer e.stop()
		e.Unstaking(true)
		if e.Status() != Unstaking {
			t.Errorf("status %s", e.Status())
		}
		e.Offer(offer(t, spec()))
		if d, ok := last[wire.Declined](w); !ok || !strings.Contains(d.Reason, "unstaking") {
			t.Errorf("%+v", d)
		}
	})
}
