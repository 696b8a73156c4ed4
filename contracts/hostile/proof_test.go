package hostile_test

import (
	"flag"
	"slices"
	"testing"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/chain/abi"
	"github.com/sage-network/sage-node/chain/bindings"
	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/internal/starkhash"
)

// books is a bank with a rich customer and one who gets paid.
func books(t *testing.T) (b *bank, rich, poor *customer) {
	t.Helper()
	token := badToken{placeHostile(t, as(t, owner), "HostileToken")}
	b = newBank(t, token.at, 0)
	rich = &customer{at: placeHostile(t, b.owner, "Puppet"), key: newKey(t)}
	poor = &customer{at: placeHostile(t, b.owner, "Puppet"), key: newKey(t)}
	send(t, b.owner, token.mint(rich.at, 1<<40), by(rich.at, b.register(rich)), by(poor.at, b.register(poor)), by(rich.at, b.deposit(rich, 1<<40, 0)))
	return b, rich, poor
}

// allFail sends calls of a puppet that must all fail, some dozens in a transaction.
func allFail(t *testing.T, b *bank, puppet felt.Felt, calls []abi.Call) {
	t.Helper()
	for batch := range slices.Chunk(calls, 20) {
		wrapped := make([]abi.Call, len(batch))
		for i, c := range batch {
			wrapped[i] = fails(puppet, c)
		}
		send(t, b.owner, wrapped...)
	}
}

var thorough = flag.Bool("thorough", false, "change every felt of a proof on the chain, which takes minutes")

// TestEveryFelt changes felts of a valid payment and of a valid withdrawal, on the chain, and their length: all but the
// digits' responses, and of those every eighth. With -thorough all, as the Cairo tests of the verifiers do.
func TestEveryFelt(t *testing.T) {
	b, rich, poor := books(t)
	state := *rich
	pay, l := b.lock(rich, poor, salts.Add(1), 5<<32+9)
	*rich = state
	withdrawal := b.withdraw(rich, starkhash.Uint64(0xfeed), 77)
	*rich = state
	var order felt.Felt
	if _, err := order.SetString("0x800000000000010ffffffffffffffffb781126dcae7b2321e66a241adc64d2f"); err != nil {
		t.Fatal(err)
	}
	for by, valid := range map[felt.Felt]abi.Call{b.payments: pay, rich.at: withdrawal} {
		var calls []abi.Call
		digits := len(valid.Calldata) - map[bool]int{true: 32, false: 16}[by == b.payments]
		for at := range valid.Calldata {
			if at > digits && at%8 != 0 && !*thorough {
				continue
			}
			calls = append(calls, changed(valid, at, felt.One))
		}
		last := len(valid.Calldata) - 1
		shorter, longer, alias := valid, valid, valid
		shorter.Calldata = valid.Calldata[:last]
		longer.Calldata = append(slices.Clone(valid.Calldata), felt.Zero)
		alias.Calldata = append(slices.Clone(valid.Calldata[:last]), order)
		allFail(t, b, by, append(calls, shorter, longer, alias))
	}
	b.check([]*customer{rich, poor}, nil)
	// Both were valid: each goes through, but not one after the other from the same state.
	send(t, b.owner, by(b.payments, pay), fails(rich.at, withdrawal))
	rich.settle(state.balance.Sub(elgamal.Join(l.escrow.Lo.ForPayer(), l.escrow.Hi.ForPayer())), state.units-l.units)
	b.check([]*customer{rich, poor}, []*locked{l})
}

// TestDegeneratePoints puts O and the negated point in the place of every point of a payment.
func TestDegeneratePoints(t *testing.T) {
	b, rich, poor := books(t)
	state := *rich
	pay, _ := b.lock(rich, poor, salts.Add(1), 5)
	*rich = state
	const halves, commitments = 5, 5 + 16 + 3 + 4 // after payer, worker, job, attempt, epoch; and after hints, c and scalars
	var calls []abi.Call
	points := []int{halves, halves + 2, halves + 4, halves + 6, halves + 8, halves + 10, halves + 12, halves + 14, commitments}
	for k := range 15 {
		points = append(points, commitments+3+2*k)
	}
	for _, at := range points {
		p, err := elgamal.NewNonZeroPoint(pay.Calldata[at], pay.Calldata[at+1])
		if err != nil {
			t.Fatalf("no point at %d: %v", at, err)
		}
		for _, q := range []elgamal.Point{{}, p.Neg()} {
			call := pay
			call.Calldata = slices.Clone(pay.Calldata)
			call.Calldata[at], call.Calldata[at+1] = q.X(), q.Y()
			calls = append(calls, call)
		}
	}
	// One randomness for both halves, and opposite ones.
	for _, sign := range []func(elgamal.Point) elgamal.Point{func(p elgamal.Point) elgamal.Point { return p }, elgamal.Point.Neg} {
		r, err := elgamal.NewPoint(pay.Calldata[halves], pay.Calldata[halves+1])
		if err != nil {
			t.Fatal(err)
		}
		call := pay
		call.Calldata = slices.Clone(pay.Calldata)
		call.Calldata[halves+8], call.Calldata[halves+9] = sign(r).X(), sign(r).Y()
		calls = append(calls, call)
	}
	allFail(t, b, b.payments, calls)
	b.check([]*customer{rich, poor}, nil)
}

// TestProofsElsewhere makes proofs that hold for another chain, contract, caller, token, epoch, nonce, balance, recipient or
// amount, and sends them here.
func TestProofsElsewhere(t *testing.T) {
	b, rich, poor := books(t)
	two := starkhash.Uint64(2)
	to := starkhash.Uint64(0xfeed)
	contexts := map[string]func(*elgamal.Context){
		"chain":    func(c *elgamal.Context) { c.ChainID = starkhash.MustShortString("SN_MAIN") },
		"contract": func(c *elgamal.Context) { c.Contract = two },
		"caller":   func(c *elgamal.Context) { c.Caller = poor.at },
		"token":    func(c *elgamal.Context) { c.Asset = two },
		"epoch":    func(c *elgamal.Context) { c.KeyEpoch++ },
		"nonce":    func(c *elgamal.Context) { c.Nonce++ },
		"balance": func(c *elgamal.Context) {
			same, err := elgamal.Encrypt(nil, rich.key.Public(), rich.units)
			if err != nil {
				t.Fatal(err)
			}
			c.Balance = same
		},
	}
	var pays, own []abi.Call
	for _, change := range contexts {
		st := elgamal.PayStatement{
			Context: b.context(rich), PayerKey: rich.key.Public(), WorkerKey: poor.key.Public(), AuditorKey: b.auditor,
			JobID: starkhash.Uint64(1), Attempt: 1, Worker: poor.at,
		}
		st.KeyEpoch = b.epoch
		change(&st.Context)
		p, err := elgamal.ProvePay(nil, st, rich.key, rich.units, 5)
		if err != nil {
			t.Fatal(err)
		}
		pays = append(pays, b.router.Lock(rich.at, poor.at, abi.U128FromUint64(1), 1, b.epoch, decode(t, p.Felts(), bindings.DecodePayment)))

		w := elgamal.WithdrawStatement{Context: b.context(rich), Key: rich.key.Public(), To: to, Amount: 5}
		change(&w.Context)
		proof, err := elgamal.ProveWithdraw(nil, w, rich.key, rich.units)
		if err != nil {
			t.Fatal(err)
		}
		bound := decode(t, proof.Felts(), bindings.DecodeWithdrawal)
		own = append(own, b.router.Withdraw(to, 5, bound))

		q := elgamal.RagequitStatement{Context: b.context(rich), Key: rich.key.Public(), To: to, Amount: rich.units}
		change(&q.Context)
		quit, err := elgamal.ProveRagequit(nil, q, rich.key)
		if err != nil {
			t.Fatal(err)
		}
		own = append(own, b.router.Ragequit(to, rich.units, decode(t, quit.Felts(), bindings.DecodeKeyProof)))
	}
	state := *rich
	honest := b.withdraw(rich, to, 5)
	*rich = state
	// Another recipient, another amount, and one that is 2^64 more.
	beyond := *new(felt.Felt).SetBytes([]byte{1, 0, 0, 0, 0, 0, 0, 0, 0})
	own = append(own, changed(honest, 0, felt.One), changed(honest, 1, felt.One), changed(honest, 1, beyond))
	for who, change := range map[string]func(*elgamal.PayStatement){
		"job": func(s *elgamal.PayStatement) { s.JobID = two }, "attempt": func(s *elgamal.PayStatement) { s.Attempt = 2 },
		"worker": func(s *elgamal.PayStatement) { s.Worker = rich.at }, "worker's key": func(s *elgamal.PayStatement) { s.WorkerKey = rich.key.Public() },
		"auditor's key": func(s *elgamal.PayStatement) { s.AuditorKey = poor.key.Public() },
	} {
		st := elgamal.PayStatement{
			Context: b.context(rich), PayerKey: rich.key.Public(), WorkerKey: poor.key.Public(), AuditorKey: b.auditor,
			JobID: starkhash.Uint64(1), Attempt: 1, Worker: poor.at,
		}
		st.KeyEpoch = b.epoch
		change(&st)
		p, err := elgamal.ProvePay(nil, st, rich.key, rich.units, 5)
		if err != nil {
			t.Fatal(who, err)
		}
		pays = append(pays, b.router.Lock(rich.at, poor.at, abi.U128FromUint64(1), 1, b.epoch, decode(t, p.Felts(), bindings.DecodePayment)))
	}
	allFail(t, b, b.payments, pays)
	allFail(t, b, rich.at, own)
	b.check([]*customer{rich, poor}, nil)
	send(t, b.owner, by(rich.at, b.withdraw(rich, to, 5)))
	b.check([]*customer{rich, poor}, nil)
}

// TestAuditorKeys: a key that nobody has shown to know is not installed, and the previous epoch ends.
func TestAuditorKeys(t *testing.T) {
	b, rich, poor := books(t)
	stale := *b
	next := newKey(t)
	rotate := func(epoch uint64, key elgamal.SecretKey) bindings.KeyProof {
		proof, err := elgamal.ProveRotation(nil, elgamal.Context{
			ChainID: net.client.ChainIDFelt(), Contract: b.router.Address(), Caller: b.owner.Address(), Asset: b.token, KeyEpoch: epoch,
		}, key)
		if err != nil {
			t.Fatal(err)
		}
		return decode(t, proof.Felts(), bindings.DecodeKeyProof)
	}
	// Under −W as the auditor's key, the ciphertexts of worker and auditor would add up to 2bG.
	refused(t, b.owner, "proof does not verify", b.router.RotateAuditor(bindingPoint(poor.key.Public().Point().Neg()), rotate(2, poor.key)))
	refused(t, b.owner, "proof does not verify", b.router.RotateAuditor(bindingPoint(next.Public().Point()), rotate(3, next)))
	refused(t, as(t, stranger), "caller is not the owner", b.router.RotateAuditor(bindingPoint(next.Public().Point()), rotate(2, next)))
	send(t, b.owner, b.router.RotateAuditor(bindingPoint(next.Public().Point()), rotate(2, next)))
	b.auditor, b.epoch = next.Public(), 2

	within, first := stale.lock(rich, poor, salts.Add(1), 10)
	current, second := b.lock(rich, poor, salts.Add(1), 20)
	send(t, b.owner, by(b.payments, within), by(b.payments, current))
	if err := net.IncreaseTime(t.Context(), auditorGrace*1_000_000_000); err != nil {
		t.Fatal(err)
	}
	state := *rich
	late, _ := stale.lock(rich, poor, salts.Add(1), 30)
	*rich = state
	refused(t, b.owner, "auditor epoch not accepted", by(b.payments, late))
	b.check([]*customer{rich, poor}, []*locked{first, second})
}
