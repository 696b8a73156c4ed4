package metrics_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/coordinator/metrics"
	"github.com/sage-network/sage-node/coordinator/settle"
	"github.com/sage-network/sage-node/internal/amount"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const oneSAGE = 1_000_000_000

// TestOnePaymentDoesNotShow: readings before and after a payment are alike, unless the balance passes a step.
func TestOnePaymentDoesNotShow(t *testing.T) {
	registry := prometheus.NewRegistry()
	p := metrics.NewPayments(registry)
	funds := settle.Funds{Public: amount.SAGE(12), Fees: amount.SAGE(7), Private: 799 * oneSAGE, Pending: 31 * oneSAGE, Low: 250 * oneSAGE, High: 900 * oneSAGE, Deposit: 1000 * oneSAGE}
	for _, private := range []uint64{799*oneSAGE + 1, 750 * oneSAGE, 720 * oneSAGE} {
		funds.Private = private
		p.Funds(funds, settle.LevelLow)
		want := `
# HELP sage_payer_fee_strk STRK of the account, for fees.
# TYPE sage_payer_fee_strk gauge
sage_payer_fee_strk 7
# HELP sage_payer_funds_level 1 for what the funds suffice for: ok, low or empty.
# TYPE sage_payer_funds_level gauge
sage_payer_funds_level{level="empty"} 0
sage_payer_funds_level{level="low"} 1
sage_payer_funds_level{level="ok"} 0
# HELP sage_payer_pending_sage Refunds not yet taken in, rounded down to a tenth of the high mark.
# TYPE sage_payer_pending_sage gauge
sage_payer_pending_sage 0
# HELP sage_payer_private_sage Private balance, rounded down to a tenth of the high mark.
# TYPE sage_payer_private_sage gauge
sage_payer_private_sage 720
# HELP sage_payer_public_sage Public SAGE of the account.
# TYPE sage_payer_public_sage gauge
sage_payer_public_sage 12
`
		if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "sage_payer_fee_strk", "sage_payer_funds_level",
			"sage_payer_pending_sage", "sage_payer_private_sage", "sage_payer_public_sage"); err != nil {
			t.Errorf("with %d units: %v", private, err)
		}
	}
	p.Funds(settle.Funds{Private: 5}, settle.LevelOK) // no marks, and nothing known of the public balance
}

func TestOutcomes(t *testing.T) {
	registry := prometheus.NewRegistry()
	p := metrics.NewPayments(registry)
	open := p.Pay()
	for _, err := range []error{
		nil, settle.ErrFunds, settle.ErrPayee, fmt.Errorf("send: %w", &chain.RevertError{Reason: "no"}), chain.ErrReread, chain.ErrRejected,
		&chain.InsufficientBalanceError{Have: new(big.Int), Need: new(big.Int)}, context.Canceled, chain.ErrUnreachable, errors.New("else"), settle.ErrFunds,
	} {
		p.Pay()(err)
	}
	p.ToppedUp()
	for _, n := range []int{1, 12} {
		p.Sent(n)
	}
	want := `
# HELP sage_payer_topups_total Deposits into the private balance.
# TYPE sage_payer_topups_total counter
sage_payer_topups_total 1
# HELP sage_payment_failures_total Tries to pay that ended without escrow, or with an unknown outcome.
# TYPE sage_payment_failures_total counter
sage_payment_failures_total{reason="fees"} 1
sage_payment_failures_total{reason="funds"} 2
sage_payment_failures_total{reason="interrupted"} 1
sage_payment_failures_total{reason="moved_on"} 1
sage_payment_failures_total{reason="payee"} 1
sage_payment_failures_total{reason="rejected"} 1
sage_payment_failures_total{reason="reverted"} 1
sage_payment_failures_total{reason="unknown"} 1
sage_payment_failures_total{reason="unreachable"} 1
# HELP sage_payments_in_flight Payments that wait to be sent, or for their block.
# TYPE sage_payments_in_flight gauge
sage_payments_in_flight 1
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "sage_payer_topups_total", "sage_payment_failures_total", "sage_payments_in_flight"); err != nil {
		t.Error(err)
	}
	open(nil)
	if n := testutil.CollectAndCount(registry, "sage_payment_seconds", "sage_transaction_orders"); n != 2 {
		t.Errorf("%d histograms", n)
	}
}

// TestLabels: no label has room for a job, a worker or an account.
func TestLabels(t *testing.T) {
	registry := prometheus.NewRegistry()
	p := metrics.NewPayments(registry)
	p.Pay()(errors.New("worker 0x123"))
	p.Funds(settle.Funds{}, settle.LevelOK)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.Metric {
			for _, l := range m.Label {
				if name := l.GetName(); name != "level" && name != "reason" || strings.Contains(l.GetValue(), "0x") {
					t.Errorf("%s has label %s=%s", f.GetName(), name, l.GetValue())
				}
			}
		}
	}
}

func TestNoMetrics(t *testing.T) {
	var p *metrics.Payments
	p.Pay()(nil)
	p.Sent(1)
	p.ToppedUp()
	p.Funds(settle.Funds{}, settle.LevelOK)
}

func TestServe(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:9645", "example.org:1"} {
		if l, err := metrics.Listen(address); !errors.Is(err, metrics.ErrAddress) {
			t.Errorf("%s: %v, %v", address, l, err)
		}
	}
	if _, err := metrics.Listen("nowhere"); err == nil {
		t.Error("an address without a port is taken")
	}
	registry := prometheus.NewRegistry()
	metrics.NewPayments(registry).ToppedUp()
	listener, err := metrics.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- metrics.Serve(ctx, listener, registry, slog.New(slog.DiscardHandler)) }()
	url := "http://" + listener.Addr().String()
	for path, want := range map[string]int{"/metrics": http.StatusOK, "/": http.StatusNotFound, "/debug/pprof/": http.StatusNotFound} {
		r, err := http.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil || r.StatusCode != want || want == http.StatusOK && !strings.Contains(string(body), "sage_payer_topups_total 1") {
			t.Errorf("%s: %d, %v: %s", path, r.StatusCode, err, body)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
