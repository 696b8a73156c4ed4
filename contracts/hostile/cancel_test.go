package hostile_test

import (
	"testing"

	"github.com/consensys/gnark-crypto/ecc/stark-curve/fr"

	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/internal/chosen"
	"github.com/sage-network/sage-node/internal/starkhash"
	"github.com/sage-network/sage-node/privacy"
)

// chosenPayment is a payment of lo + 2^32·hi units under randomness of the payer's choice.
type chosenPayment struct {
	lo, hi uint64
	r      [2]fr.Element
}

func (p chosenPayment) units() uint64 { return p.lo | p.hi<<32 }

// lockChosen is lock with chosen randomness.
func (b *bank) lockChosen(from, to *customer, p chosenPayment) (abi.Call, *locked) {
	b.t.Helper()
	job := salts.Add(1)
	st := elgamal.PayStatement{
		Context: b.context(from), PayerKey: from.key.Public(), WorkerKey: to.key.Public(), AuditorKey: b.auditor,
		JobID: starkhash.Uint64(job), Attempt: 1, Worker: to.at,
	}
	st.KeyEpoch = b.epoch
	prove := chosen.ProvePay.(func(elgamal.PayStatement, elgamal.SecretKey, uint64, uint64, [2]elgamal.Scalar) (*elgamal.Payment, error))
	pay, err := prove(st, from.key, from.units, p.units(), p.r)
	if err != nil {
		b.t.Fatal(err)
	}
	call := b.router.Lock(from.at, to.at, abi.U128FromUint64(job), 1, b.epoch, decode(b.t, pay.Felts(), bindings.DecodePayment))
	from.settle(st.Leftover(pay.Lo, pay.Hi), from.units-p.units())
	e := st.Escrow(pay)
	return call, &locked{
		job: job, escrow: e, binding: decode(b.t, e.Felts(), bindings.DecodeEscrow), units: p.units(), payer: from, worker: to, end: bindings.EscrowStatusLocked,
	}
}

func secret(t testing.TB, key elgamal.SecretKey) (x fr.Element) {
	t.Helper()
	bytes := key.Bytes()
	if err := x.SetBytesCanonical(bytes[:]); err != nil {
		t.Fatal(err)
	}
	return x
}

func number(v uint64) (s fr.Element) { return *s.SetUint64(v) }

func minus(s fr.Element) fr.Element { return *s.Neg(&s) }

// hiding is the randomness under which v units, with others under r, are O for the key x: v + (r + r')x = 0.
func hiding(x fr.Element, v uint64, r fr.Element) fr.Element {
	var out fr.Element
	n := number(v)
	out.Div(&n, &x)
	out.Add(&out, &r)
	return minus(out)
}

// TestCiphertextsThatCancel: payers that collude, or one that pays twice, choose the randomness of their payments so that
// the sums which the contract keeps are O: in R, in L, in both, in one half, or only once the halves are joined with each
// other or with the balance. Whoever is credited rolls over, decrypts, with its hint and without, and withdraws all the same.
func TestCiphertextsThatCancel(t *testing.T) {
	b, rich, ally := books(t)
	send(t, b.owner, badToken{b.token}.mint(ally.at, 1<<40), by(ally.at, b.deposit(ally, 1<<40, 0)))
	all := []*customer{rich, ally}
	var escrows []*locked
	w := func(c *customer) fr.Element { return secret(t, c.key) }
	r0, r1 := number(123_456_789), number(987_654_321)
	shift := number(1 << 32)
	for name, c := range map[string]struct {
		payments func(to *customer) []chosenPayment
		rollFor  []int // after which payments the balance takes in what is pending, besides at the end
		refund   bool
		zero     func(c *customer) []elgamal.Point // what must be O before the last rollover
		after    func(c *customer) []elgamal.Point // and what after it
	}{
		"R of both halves": {
			payments: func(*customer) []chosenPayment {
				return []chosenPayment{{9, 5, [2]fr.Element{r0, r1}}, {3, 7, [2]fr.Element{minus(r0), minus(r1)}}}
			},
			zero: func(c *customer) []elgamal.Point { return []elgamal.Point{c.pendingLo.R, c.pendHi.R} },
		},
		"R of what a payer gets back": {
			payments: func(*customer) []chosenPayment {
				return []chosenPayment{{9, 5, [2]fr.Element{r0, r1}}, {3, 7, [2]fr.Element{minus(r0), minus(r1)}}}
			},
			refund: true,
			zero:   func(c *customer) []elgamal.Point { return []elgamal.Point{c.pendingLo.R, c.pendHi.R} },
		},
		"L of both halves": {
			payments: func(to *customer) []chosenPayment {
				return []chosenPayment{{9, 5, [2]fr.Element{r0, r1}}, {3, 7, [2]fr.Element{hiding(w(to), 12, r0), hiding(w(to), 12, r1)}}}
			},
			zero: func(c *customer) []elgamal.Point { return []elgamal.Point{c.pendingLo.L, c.pendHi.L} },
		},
		"everything, of payments of nothing": {
			payments: func(*customer) []chosenPayment {
				return []chosenPayment{{0, 0, [2]fr.Element{r0, r1}}, {0, 0, [2]fr.Element{minus(r0), minus(r1)}}}
			},
			zero: func(c *customer) []elgamal.Point {
				return []elgamal.Point{c.pendingLo.L, c.pendHi.L, c.pendingLo.R, c.pendHi.R}
			},
			after: func(c *customer) []elgamal.Point { return []elgamal.Point{c.balance.L, c.balance.R} },
		},
		"all of the high half": {
			payments: func(*customer) []chosenPayment {
				return []chosenPayment{{9, 0, [2]fr.Element{r0, r1}}, {3, 0, [2]fr.Element{r0, minus(r1)}}}
			},
			zero: func(c *customer) []elgamal.Point { return []elgamal.Point{c.pendHi.L, c.pendHi.R} },
		},
		"R of the halves of one payment": {
			payments: func(*customer) []chosenPayment {
				var r fr.Element
				r.Mul(&shift, &r1)
				return []chosenPayment{{9, 5, [2]fr.Element{minus(r), r1}}}
			},
			after: func(c *customer) []elgamal.Point { return []elgamal.Point{c.balance.R} },
		},
		"R of the balance": {
			payments: func(*customer) []chosenPayment {
				return []chosenPayment{{9, 5, [2]fr.Element{r0, r1}}, {3, 7, [2]fr.Element{minus(r0), minus(r1)}}}
			},
			rollFor: []int{0},
			after:   func(c *customer) []elgamal.Point { return []elgamal.Point{c.balance.R} },
		},
		"L of the balance": {
			payments: func(to *customer) []chosenPayment {
				lo := hiding(w(to), 9+3+(5+7)<<32, number(0))
				var low, joined fr.Element
				joined.Mul(&shift, &r1).Add(&joined, &r0) // of the first payment
				low.Sub(&lo, &joined)
				var high fr.Element
				high.Mul(&shift, &r0) // the second's high half has r0
				low.Sub(&low, &high)
				return []chosenPayment{{9, 5, [2]fr.Element{r0, r1}}, {3, 7, [2]fr.Element{low, r0}}}
			},
			rollFor: []int{0},
			after:   func(c *customer) []elgamal.Point { return []elgamal.Point{c.balance.L} },
		},
	} {
		t.Run(name, func(t *testing.T) {
			poor := &customer{at: placeHostile(t, b.owner, "Puppet"), key: newKey(t)}
			send(t, b.owner, by(poor.at, b.register(poor)))
			all = append(all, poor)
			payers := []*customer{rich, ally}
			credited, end := poor, b.release
			if c.refund { // only its own payments come back to a payer
				payers, credited, end = []*customer{ally, ally}, ally, b.refund
			}
			for i, p := range c.payments(poor) {
				call, l := b.lockChosen(payers[i], poor, p)
				escrows = append(escrows, l)
				send(t, b.owner, by(b.payments, call), by(b.payments, end(l)))
				for _, at := range c.rollFor {
					if at == i {
						send(t, b.owner, by(credited.at, b.rollover(credited)))
					}
				}
			}
			mustBeO(t, "pending", c.zero, credited)
			account := b.account(t, credited)
			if s, err := account.State(t.Context()); err != nil || s.Pending != credited.pending || s.Balance != credited.units {
				t.Fatalf("read as %+v, %v; want %d pending and %d", s, err, credited.pending, credited.units)
			}
			send(t, b.owner, by(credited.at, b.rollover(credited)))
			mustBeO(t, "balance", c.after, credited)
			b.check(all, escrows)
			if s, err := account.State(t.Context()); err != nil || s.Balance != credited.units || s.Pending != 0 {
				t.Fatalf("after the rollover %+v, %v; want %d", s, err, credited.units)
			}
			if v, err := solver(t).Find(t.Context(), credited.key.Message(credited.balance), 1<<42); err != nil || v != credited.units {
				t.Fatalf("without a hint: %d, %v; want %d", v, err, credited.units)
			}
			to := starkhash.Uint64(0xfeed)
			if credited.units > 0 {
				send(t, b.owner, by(credited.at, b.withdraw(credited, to, 1)))
			}
			if credited == poor && poor.units > 0 {
				send(t, b.owner, by(poor.at, b.ragequit(poor, to)))
			}
			b.check(all, escrows)
		})
	}
}

// TestWithdrawAllOfO: a balance whose L is no more than its amount, because its randomness cancelled, is withdrawn to the last
// unit: what stays is O, O.
func TestWithdrawAllOfO(t *testing.T) {
	b, rich, poor := books(t)
	r0, r1 := number(11), number(13)
	for _, r := range [][2]fr.Element{{r0, r1}, {minus(r0), minus(r1)}} {
		call, l := b.lockChosen(rich, poor, chosenPayment{6, 0, r})
		send(t, b.owner, by(b.payments, call), by(b.payments, b.release(l)))
	}
	send(t, b.owner, by(poor.at, b.rollover(poor)))
	send(t, b.owner, by(poor.at, b.withdraw(poor, starkhash.Uint64(0xfeed), 12)))
	if !poor.balance.Equal(elgamal.Ciphertext{}) {
		t.Error("what stays is not O, O")
	}
	b.check([]*customer{rich, poor}, nil)
}

// TestDegeneratePayments: a single payment in which a point is O, or whose halves have equal or opposite randomness, is
// refused on the chain, although its equations hold.
func TestDegeneratePayments(t *testing.T) {
	b, rich, poor := books(t)
	x, r0, r1 := secret(t, poor.key), number(11), number(13)
	for name, c := range map[string]struct {
		payment chosenPayment
		reason  string
	}{
		"equal randomness":       {chosenPayment{6, 5, [2]fr.Element{r0, r0}}, "halves share randomness"},
		"opposite randomness":    {chosenPayment{6, 5, [2]fr.Element{r0, minus(r0)}}, "halves share randomness"},
		"no randomness":          {chosenPayment{6, 5, [2]fr.Element{{}, r1}}, "point not on curve"},
		"L of the worker is O":   {chosenPayment{6, 5, [2]fr.Element{hiding(x, 6, fr.Element{}), r1}}, "point not on curve"},
		"L of the payer is O":    {chosenPayment{6, 5, [2]fr.Element{r0, hiding(secret(t, rich.key), 5, fr.Element{})}}, "point not on curve"},
		"nothing, in one of two": {chosenPayment{0, 5, [2]fr.Element{{}, r1}}, "point not on curve"},
	} {
		t.Run(name, func(t *testing.T) {
			state := *rich
			call, _ := b.lockChosen(rich, poor, c.payment)
			*rich = state
			refused(t, b.owner, c.reason, by(b.payments, call))
		})
	}
	b.check([]*customer{rich, poor}, nil)
}

func mustBeO(t testing.TB, what string, points func(*customer) []elgamal.Point, c *customer) {
	t.Helper()
	if points == nil {
		return
	}
	for i, p := range points(c) {
		if !p.IsIdentity() {
			t.Fatalf("%s: point %d is %s, the attack is none", what, i, p)
		}
	}
}

var shared *elgamal.Solver

func solver(t testing.TB) *elgamal.Solver {
	t.Helper()
	if shared == nil {
		var err error
		if shared, err = elgamal.NewSolver(16); err != nil {
			t.Fatal(err)
		}
	}
	return shared
}

// account reads a customer's account as its owner's program does.
func (b *bank) account(t testing.TB, c *customer) *privacy.Account {
	t.Helper()
	a, err := privacy.NewAccount(privacy.Contracts{
		ChainID: net.client.ChainIDFelt(), Privacy: b.router, Token: bindings.NewSageToken(b.token, net.client),
	}, c.at, c.key, solver(t))
	if err != nil {
		t.Fatal(err)
	}
	return a
}
