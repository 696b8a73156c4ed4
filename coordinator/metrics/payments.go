package metrics

import (
	"context"
	"errors"
	"math/big"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/coordinator/settle"
	"github.com/sage-network/sage-node/internal/amount"
)

// Payments are the metrics of a payer. All methods may be called on nil, which counts nothing, and concurrently.
type Payments struct {
	private, pending, public, fees prometheus.Gauge
	level                          *prometheus.GaugeVec
	inFlight                       prometheus.Gauge
	latency                        prometheus.Histogram
	failures                       *prometheus.CounterVec
	topUps                         prometheus.Counter
	orders                         prometheus.Histogram
	now                            func() time.Time
}

var levels = []settle.Level{settle.LevelOK, settle.LevelLow, settle.LevelEmpty}

// NewPayments registers the metrics. They begin with sage_payer, sage_payment or sage_transaction.
func NewPayments(in prometheus.Registerer) *Payments {
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
	}
	p := &Payments{
		private:  gauge("sage_payer_private_sage", "Private balance, rounded down to a tenth of the high mark."),
		pending:  gauge("sage_payer_pending_sage", "Refunds not yet taken in, rounded down to a tenth of the high mark."),
		public:   gauge("sage_payer_public_sage", "Public SAGE of the account."),
		fees:     gauge("sage_payer_fee_strk", "STRK of the account, for fees."),
		inFlight: gauge("sage_payments_in_flight", "Payments that wait to be sent, or for their block."),
		level: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "sage_payer_funds_level", Help: "1 for what the funds suffice for: ok, low or empty.",
		}, []string{"level"}),
		latency: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "sage_payment_seconds", Help: "Time from the wish to pay to the block with the escrow.",
			Buckets: []float64{1, 2, 4, 8, 15, 30, 60, 120, 300},
		}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sage_payment_failures_total", Help: "Tries to pay that ended without escrow, or with an unknown outcome.",
		}, []string{"reason"}),
		topUps: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "sage_payer_topups_total", Help: "Deposits into the private balance.",
		}),
		orders: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "sage_transaction_orders", Help: "How many things one transaction of the account did: payments, creations, releases.",
			Buckets: []float64{1, 2, 4, 8, 12, 16, 20},
		}),
		now: time.Now,
	}
	for _, reason := range reasons {
		p.failures.WithLabelValues(reason.name)
	}
	p.failures.WithLabelValues(unknown)
	in.MustRegister(p.private, p.pending, p.public, p.fees, p.inFlight, p.level, p.latency, p.failures, p.topUps, p.orders)
	return p
}

// unknown is the reason of failures whose outcome is not known, or that are none of reasons.
const unknown = "unknown"

// reasons, the first that holds.
var reasons = []struct {
	name string
	err  error
}{
	{"funds", settle.ErrFunds},
	{"payee", settle.ErrPayee},
	{"fees", chain.ErrInsufficientBalance},
	{"reverted", chain.ErrReverted},
	{"moved_on", chain.ErrReread},
	{"rejected", chain.ErrRejected},
	{"interrupted", context.Canceled},
	{"unreachable", chain.ErrUnreachable},
}

func reason(err error) string {
	for _, r := range reasons {
		if errors.Is(err, r.err) {
			return r.name
		}
	}
	return unknown
}

// Pay counts a payment that is wanted. The function it returns is called once with the outcome.
func (p *Payments) Pay() (ended func(error)) {
	if p == nil {
		return func(error) {}
	}
	p.inFlight.Inc()
	began := p.now()
	return func(err error) {
		p.inFlight.Dec()
		if err != nil {
			p.failures.WithLabelValues(reason(err)).Inc()
			return
		}
		p.latency.Observe(p.now().Sub(began).Seconds())
	}
}

// Sent counts a transaction that did so many things.
func (p *Payments) Sent(orders int) {
	if p != nil {
		p.orders.Observe(float64(orders))
	}
}

// ToppedUp counts a deposit into the private balance.
func (p *Payments) ToppedUp() {
	if p != nil {
		p.topUps.Inc()
	}
}

// Funds notes what there is, and what it suffices for.
func (p *Payments) Funds(f settle.Funds, level settle.Level) {
	if p == nil {
		return
	}
	step := coarse(f)
	p.private.Set(sage(amount.FromUnits(f.Private - f.Private%step)))
	p.pending.Set(sage(amount.FromUnits(f.Pending - f.Pending%step)))
	p.public.Set(sage(f.Public))
	p.fees.Set(sage(f.Fees))
	for _, l := range levels {
		value := 0.0
		if l == level {
			value = 1
		}
		p.level.WithLabelValues(string(l)).Set(value)
	}
}

// coarse is the step, in units, that private balances are rounded to: a tenth of the high mark, which is many payments;
// without marks that of a deposit.
func coarse(f settle.Funds) uint64 {
	if f.High > 0 {
		return max(f.High/10, 1)
	}
	return max(f.Deposit, 1)
}

// sage is an amount of 10^18 as a number for a graph.
func sage(wei *big.Int) float64 {
	if wei == nil {
		return 0
	}
	f, _ := new(big.Rat).SetFrac(wei, amount.SAGE(1)).Float64()
	return f
}
