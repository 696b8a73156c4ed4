package main

import (
	"bytes"
	"encoding/csv"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/chain/profile"
	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/privacy/history"
	"github.com/sage-network/sage-node/worker/account"
)

// past4 is a ledger of four attempts: paid, slashed, under way, and slashed without a payment that is known.
func past4() (*history.Ledger, map[uint64]int64) {
	slot := func(n byte) history.Slot { return history.Slot{Job: job.ID{15: n}, Attempt: 1} }
	mark := func(block uint64) history.Mark {
		return history.Mark{Block: block, Transaction: starkhash.Uint64(block)}
	}
	paid := mark(5)
	submitted := &bindings.JobManagerResultSubmitted{ProofHash: abi.U256FromUint64(0xabc)}
	l := &history.Ledger{
		Payments: []history.Payment{
			{Slot: slot(1), Locked: mark(1), ToMe: true, Units: 10_000_000_001, Opened: true, Paid: &paid, Payer: felt.One},
			{Slot: slot(2), Locked: mark(2), ToMe: true, Units: 7, Opened: true},
			{Slot: slot(3), Locked: mark(3), ToMe: true, Units: 2_500_000_000, Opened: true},
			{Slot: slot(9), Locked: mark(3), ByMe: true, Units: 99, Opened: true},
		},
		Works: []history.Work{
			{Slot: slot(1), State: bindings.AttemptStateApproved, First: mark(2), Last: mark(4), Submitted: submitted, Cause: "approved"},
			{Slot: slot(2), State: bindings.AttemptStateRejected, First: mark(3), Last: mark(6), Submitted: submitted, Cause: "invalid",
				Penalties: []history.Penalty{{Mark: mark(6), Offence: bindings.OffenceInvalidProof, Wei: big.NewInt(100_000_000_000_000_001)}}},
			{Slot: slot(3), State: bindings.AttemptStateSubmitted, First: mark(6), Last: mark(7), Submitted: submitted},
			{Slot: slot(4), State: bindings.AttemptStateVoid, First: mark(7), Last: mark(8), Cause: "timed out",
				Penalties: []history.Penalty{{Mark: mark(8), Offence: bindings.OffenceTimeout, Wei: big.NewInt(5e17)}}},
		},
	}
	times := map[uint64]int64{}
	for block := uint64(1); block < 9; block++ {
		times[block] = int64(1_700_000_000 + 86_400*block)
	}
	return l, times
}

func TestEarnings(t *testing.T) {
	l, times := past4()
	o := &opened{
		profile: &profile.Profile{Coordinator: "https://coordinator.example/"}, account: &account.Account{Address: starkhash.Uint64(7)},
		past: &past{book: &history.Book{Times: times}},
	}
	r, err := o.report(t.Context(), l, period{})
	if err != nil || r.Earned != "10.000000001" || r.Waiting != "2.5" || r.Penalties != "0.600000000000000001" || len(r.Attempts) != 4 {
		t.Fatalf("%+v, %v", r, err)
	}
	hash := strings.Repeat("0", 61) + "abc"
	for i, want := range []struct{ state, amount, cause, penalty, reason, url string }{
		{"PAID", "10.000000001", "approved", "", "", "https://coordinator.example/v1/blobs/" + hash},
		{"REJECTED", "0.000000007", "invalid", "0.100000000000000001", "invalid proof", "https://coordinator.example/v1/blobs/" + hash},
		{"SUBMITTED", "2.5", "", "", "", "https://coordinator.example/v1/blobs/" + hash},
		{"VOID", "", "timed out", "0.5", "submitted nothing in time", ""},
	} {
		a := r.Attempts[i]
		sage, penalty, why := "", "", ""
		if a.Amount != nil {
			sage = *a.Amount
		}
		if len(a.Penalties) > 0 {
			penalty, why = a.Penalties[0].Amount, a.Penalties[0].Reason
		}
		if a.State != want.state || sage != want.amount || a.Cause != want.cause || penalty != want.penalty || why != want.reason || a.ProofURL != want.url {
			t.Errorf("attempt %d: %+v, want %+v", i, a, want)
		}
	}
	var text bytes.Buffer
	if err := writeCSV(&text, r); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(&text).ReadAll()
	if err != nil || len(lines) != 5 || lines[1][4] != "10.000000001" || lines[2][9] != "0.100000000000000001" || lines[4][4] != "" || lines[1][6] != hash {
		t.Errorf("%q, %v", lines, err)
	}
	// Of one day: what happened last in it.
	day := time.Unix(times[6], 0)
	if r, err := o.report(t.Context(), l, period{day, day.Add(time.Second)}); err != nil || len(r.Attempts) != 1 || r.Attempts[0].State != "REJECTED" || r.Earned != "0" {
		t.Errorf("a day: %+v, %v", r, err)
	}
	if e := escrowed(l); e.Amount != "2.5" || len(e.Attempts) != 1 || e.Attempts[0].State != "SUBMITTED" {
		t.Errorf("escrowed: %+v", e)
	}
}
