package bft

import (
	"errors"
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/wire"
)

// open accepts signatures whose R is the key and whose S is the round times four plus the verdict.
type open struct{}

func stamp(key felt.Felt, v wire.Vote) wire.Signature {
	return wire.Signature{R: key, S: number(uint64(v.Round)*4 + uint64(v.Verdict))}
}

func (open) Verify(key felt.Felt, v wire.Vote) error {
	if v.Signature != stamp(key, v) {
		return errors.New("forged")
	}
	return nil
}

func number(n uint64) felt.Felt { return *new(felt.Felt).SetUint64(n) }

func address(i int) felt.Felt { return number(uint64(100 + i)) }
func key(i int) felt.Felt     { return number(uint64(900 + i)) }

var slot = wire.Slot{ChainID: number(1), ProofVerifier: number(2), VoteEpoch: 5, Attempt: 1}

func admission(t testing.TB, stakes ...int64) *Admission {
	t.Helper()
	members := make([]Member, len(stakes))
	for i, s := range stakes {
		members[i] = Member{Address: address(i), VoteKey: key(i), Stake: big.NewInt(s)}
	}
	table, err := NewTable(5, members)
	if err != nil {
		t.Fatal(err)
	}
	return NewAdmission(number(1), number(2), table, open{})
}

func vote(i int, round uint32, verdict wire.Verdict) wire.Vote {
	v := wire.Vote{Slot: slot, Round: round, Verdict: verdict, Validator: address(i)}
	v.Signature = stamp(key(i), v)
	return v
}

// desk is a host that writes everything down.
type desk struct {
	self         int
	sent         []wire.Vote
	recorded     []wire.Vote
	alarms       []uint32
	began        []uint32
	certificates []wire.Certificate
	evidence     []Evidence
	signErr      error
	recordErr    error
}

func (d *desk) Broadcast(v wire.Vote)                  { d.sent = append(d.sent, v) }
func (d *desk) SetAlarm(round uint32, _ time.Duration) { d.alarms = append(d.alarms, round) }
func (d *desk) RoundBegan(round uint32)                { d.began = append(d.began, round) }
func (d *desk) Certified(c wire.Certificate)           { d.certificates = append(d.certificates, c) }
func (d *desk) Equivocated(e Evidence)                 { d.evidence = append(d.evidence, e) }
func (d *desk) Sign(v wire.Vote) (wire.Signature, error) {
	return stamp(key(d.self), v), d.signErr
}
func (d *desk) Record(v wire.Vote) error {
	if d.recordErr == nil {
		d.recorded = append(d.recorded, v)
	}
	return d.recordErr
}

// bench is an instance of validator 0 among equals, with its host.
func bench(t testing.TB, n int, history ...wire.Vote) (*Instance, *desk, *Admission) {
	t.Helper()
	stakes := make([]int64, n)
	for i := range stakes {
		stakes[i] = 1
	}
	a, d := admission(t, stakes...), &desk{}
	i, err := NewInstance(Config{Slot: slot, Admission: a, Self: address(0), History: history}, d)
	if err != nil {
		t.Fatal(err)
	}
	if err := i.Start(); err != nil {
		t.Fatal(err)
	}
	return i, d, a
}

func receive(t testing.TB, i *Instance, a *Admission, votes ...wire.Vote) {
	t.Helper()
	for _, v := range votes {
		m, err := a.Validate(v)
		if err != nil {
			t.Fatal(err)
		}
		if err := i.Receive(m); err != nil {
			t.Fatal(err)
		}
	}
}

func TestQuorumIsMoreThanTwoThirdsOfAllStake(t *testing.T) {
	for _, c := range []struct {
		stakes []int64
		voters []int // besides validator 0
		want   bool
	}{
		{[]int64{1, 1, 1}, []int{1}, false},             // exactly two thirds
		{[]int64{1, 1, 1}, []int{1, 2}, true},           //
		{[]int64{1, 1, 1, 1}, []int{1}, false},          // half
		{[]int64{1, 1, 1, 1}, []int{1, 2}, true},        //
		{[]int64{67, 33}, nil, true},                    // one holds it
		{[]int64{66, 33, 0}, []int{2}, false},           // 66 of 99; nothing adds nothing
		{[]int64{200, 99, 1}, []int{2}, true},           // 201 of 300
		{[]int64{200, 99, 1}, nil, false},               // 200 of 300
		{[]int64{0, 1, 1, 1}, []int{1, 2}, false},       // 2 of 3
		{[]int64{0, 1, 1, 1}, []int{1, 2, 3}, true},     //
		{[]int64{1, 0, 0, 0, 0, 0, 0, 0}, nil, true},    //
		{[]int64{3, 3, 3}, []int{1}, false},             //
		{[]int64{10, 10, 9}, []int{1}, true},            // 20 of 29
		{[]int64{10, 9, 11}, []int{1}, false},           // 19 of 30
		{[]int64{10, 10, 10, 1}, []int{1}, false},       // 20 of 31
		{[]int64{10, 10, 10, 1}, []int{1, 3}, true},     // 21 of 31
		{[]int64{1, 1, 1, 1, 1, 1}, []int{1, 2}, false}, //
	} {
		a, d := admission(t, c.stakes...), &desk{}
		i, err := NewInstance(Config{Slot: slot, Admission: a, Self: address(0)}, d)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(i.Start(), i.Conclude(wire.Valid)); err != nil {
			t.Fatal(err)
		}
		for _, v := range c.voters {
			receive(t, i, a, vote(v, 0, wire.Valid))
		}
		if got := len(d.certificates) == 1; got != c.want || i.Decided() != c.want {
			t.Errorf("stakes %v, voters 0 and %v: certificate %v, want %v", c.stakes, c.voters, got, c.want)
			continue
		}
		if c.want {
			if err := a.VerifyCertificate(d.certificates[0]); err != nil {
				t.Errorf("stakes %v: own certificate: %v", c.stakes, err)
			}
		}
	}
}

func TestVotesOfDifferentRoundsDoNotAddUp(t *testing.T) {
	i, d, a := bench(t, 4)
	receive(t, i, a, vote(1, 0, wire.Valid), vote(2, 1, wire.Valid), vote(3, 2, wire.Valid))
	if len(d.certificates) != 0 {
		t.Error("certificate over three rounds")
	}
}

func TestOneVoteARound(t *testing.T) {
	i, d, a := bench(t, 4)
	receive(t, i, a, vote(1, 0, wire.Unavailable), vote(1, 0, wire.Valid), vote(2, 0, wire.Valid), vote(3, 0, wire.Valid))
	if len(d.certificates) != 0 {
		t.Error("a validator's second vote of a round was counted")
	}
	if len(d.evidence) != 0 {
		t.Error("UNAVAILABLE and VALID is no offence")
	}
}

func TestForeignVotesAreNotAdmitted(t *testing.T) {
	a := admission(t, 1, 1, 1, 1)
	for name, c := range map[string]struct {
		change func(*wire.Vote)
		want   error
	}{
		"chain":     {func(v *wire.Vote) { v.Slot.ChainID = number(9) }, ErrForeign},
		"contract":  {func(v *wire.Vote) { v.Slot.ProofVerifier = number(9) }, ErrForeign},
		"epoch":     {func(v *wire.Vote) { v.Slot.VoteEpoch++ }, ErrForeign},
		"stranger":  {func(v *wire.Vote) { v.Validator = number(99) }, ErrStranger},
		"another":   {func(v *wire.Vote) { v.Validator = address(2) }, ErrSignature},
		"verdict":   {func(v *wire.Vote) { v.Verdict = wire.Invalid }, ErrSignature},
		"round":     {func(v *wire.Vote) { v.Round = 3 }, ErrSignature},
		"no such":   {func(v *wire.Vote) { v.Verdict = 4 }, ErrMalformed},
		"none":      {func(v *wire.Vote) { v.Verdict = 0 }, ErrMalformed},
		"far round": {func(v *wire.Vote) { v.Round = wire.MaxRound + 1 }, ErrMalformed},
	} {
		v := vote(1, 0, wire.Valid)
		c.change(&v)
		if _, err := a.Validate(v); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestMessagesStayInTheirInstance(t *testing.T) {
	i, _, a := bench(t, 4)
	other := vote(1, 0, wire.Valid)
	other.Slot.Attempt = 2 // a good vote, on another slot
	m, err := a.Validate(other)
	if err != nil {
		t.Fatal(err)
	}
	if err := i.Receive(m); !errors.Is(err, ErrWrongInstance) {
		t.Errorf("vote on another slot: %v", err)
	}
	m, _ = admission(t, 1, 1, 1, 1).Validate(vote(1, 0, wire.Valid))
	if err := i.Receive(m); !errors.Is(err, ErrWrongInstance) {
		t.Errorf("vote admitted under another table: %v", err)
	}
	if err := i.Receive(ValidatedMessage{}); !errors.Is(err, ErrWrongInstance) {
		t.Errorf("vote that nobody admitted: %v", err)
	}
}

func TestADecidedValidatorRepeatsItself(t *testing.T) {
	i, d, _ := bench(t, 4)
	if err := i.Conclude(wire.Valid); err != nil {
		t.Fatal(err)
	}
	for round := range uint32(3) {
		if err := i.Alarm(round); err != nil {
			t.Fatal(err)
		}
	}
	if err := i.Conclude(wire.Invalid); !errors.Is(err, ErrContradiction) {
		t.Errorf("changed its mind: %v", err)
	}
	if err := i.Conclude(wire.Unavailable); err != nil {
		t.Errorf("UNAVAILABLE after VALID: %v", err)
	}
	if len(d.sent) != 4 || !slices.Equal(d.sent, d.recorded) {
		t.Fatalf("sent %d votes, recorded %d, want 4 and 4", len(d.sent), len(d.recorded))
	}
	for round, v := range d.sent {
		if v.Verdict != wire.Valid || v.Round != uint32(round) {
			t.Errorf("round %d: voted %s in round %d", round, v.Verdict, v.Round)
		}
	}
	if len(d.began) != 1 {
		t.Errorf("asked %d times for a verdict that it had", len(d.began)-1)
	}
}

func TestUnavailableIsAskedAgain(t *testing.T) {
	i, d, _ := bench(t, 4)
	if err := errors.Join(i.Conclude(wire.Unavailable), i.Alarm(0), i.Alarm(0), i.Conclude(wire.Invalid)); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(d.began, []uint32{0, 1}) {
		t.Errorf("asked in rounds %v", d.began)
	}
	if len(d.sent) != 2 || d.sent[0].Verdict != wire.Unavailable || d.sent[1].Verdict != wire.Invalid || d.sent[1].Round != 1 {
		t.Errorf("sent %v", d.sent)
	}
}

func TestNothingIsSentThatIsNotRecorded(t *testing.T) {
	i, d, a := bench(t, 4)
	d.recordErr = errors.New("disk full")
	if err := i.Conclude(wire.Valid); !errors.Is(err, d.recordErr) {
		t.Errorf("Conclude: %v", err)
	}
	d.recordErr, d.signErr = nil, errors.New("no key")
	if err := i.Alarm(0); !errors.Is(err, d.signErr) {
		t.Errorf("Alarm: %v", err)
	}
	receive(t, i, a, vote(3, 0, wire.Valid))
	if len(d.sent) != 0 || len(d.certificates) != 0 {
		t.Errorf("sent %d votes, %d certificates", len(d.sent), len(d.certificates))
	}
}

func TestCatchingUpNeedsMoreThanAThird(t *testing.T) {
	i, d, a := bench(t, 6)
	receive(t, i, a, vote(1, 50, wire.Valid), vote(2, 40, wire.Valid)) // a third: may be lies
	if i.Round() != 0 {
		t.Fatalf("dragged to round %d by a third", i.Round())
	}
	receive(t, i, a, vote(3, 30, wire.Invalid))
	if i.Round() != 30 {
		t.Errorf("in round %d, want 30: three of six are there or beyond", i.Round())
	}
	if err := i.Conclude(wire.Valid); err != nil {
		t.Fatal(err)
	}
	receive(t, i, a, vote(4, 40, wire.Valid), vote(5, 40, wire.Valid))
	rounds := []uint32{}
	for _, v := range d.sent {
		rounds = append(rounds, v.Round)
	}
	if !slices.Contains(rounds, 40) || i.Round() < 40 {
		t.Errorf("voted in rounds %v, stands in %d; want a vote in round 40", rounds, i.Round())
	}
}

func TestADecidedValidatorJoinsOlderRounds(t *testing.T) {
	i, d, a := bench(t, 4)
	for round := range uint32(7) {
		if err := i.Alarm(round); err != nil {
			t.Fatal(err)
		}
	}
	receive(t, i, a, vote(1, 5, wire.Valid), vote(2, 5, wire.Valid))
	if err := i.Conclude(wire.Valid); err != nil {
		t.Fatal(err)
	}
	if len(d.certificates) != 1 || d.certificates[0].Round != 5 {
		t.Errorf("certificates %v, want one of round 5", d.certificates)
	}
}

func TestEquivocation(t *testing.T) {
	i, d, a := bench(t, 4)
	receive(t, i, a,
		vote(1, 0, wire.Valid), vote(1, 3, wire.Invalid), vote(1, 4, wire.Valid), vote(1, 3, wire.Invalid),
		vote(2, 0, wire.Unavailable), vote(2, 1, wire.Valid))
	if len(d.evidence) != 1 {
		t.Fatalf("%d pieces of evidence, want 1", len(d.evidence))
	}
	e := d.evidence[0]
	if e.Validator() != address(1) || e.Valid.Round != 0 || e.Invalid.Round != 3 {
		t.Errorf("evidence %+v", e)
	}
	// The liar counts nowhere: the chain jails it.
	if err := i.Conclude(wire.Valid); err != nil {
		t.Fatal(err)
	}
	receive(t, i, a, vote(2, 0, wire.Valid), vote(3, 0, wire.Valid))
	for _, c := range d.certificates {
		if c.Signers.Has(1) {
			t.Error("a certificate leans on the validator that contradicted itself")
		}
	}
}

func TestSecondVoteOfARoundIsStillEvidence(t *testing.T) {
	i, d, a := bench(t, 4)
	receive(t, i, a, vote(1, 0, wire.Valid), vote(1, 0, wire.Invalid))
	if len(d.evidence) != 1 {
		t.Error("VALID and INVALID in one round went unnoticed")
	}
}

func TestTheJailedHaveNoWeight(t *testing.T) {
	i, d, a := bench(t, 4)
	i.Exclude(address(1))
	i.Exclude(number(77)) // nobody
	if err := i.Conclude(wire.Valid); err != nil {
		t.Fatal(err)
	}
	receive(t, i, a, vote(1, 0, wire.Valid), vote(2, 0, wire.Valid))
	if len(d.certificates) != 0 {
		t.Fatal("a jailed signer made the quorum")
	}
	receive(t, i, a, vote(3, 0, wire.Valid))
	if len(d.certificates) != 1 || d.certificates[0].Signers.Has(1) {
		t.Errorf("certificates %+v, want one without the jailed signer", d.certificates)
	}
}

func TestHistoryBinds(t *testing.T) {
	i, d, _ := bench(t, 4, vote(0, 0, wire.Unavailable), vote(0, 2, wire.Invalid), vote(0, 1, wire.Invalid))
	if i.Round() != 2 || i.Verdict() != wire.Invalid {
		t.Errorf("restored to round %d, %s", i.Round(), i.Verdict())
	}
	if len(d.sent) != 1 || d.sent[0] != vote(0, 2, wire.Invalid) {
		t.Errorf("repeated %v", d.sent)
	}
	if err := i.Conclude(wire.Valid); !errors.Is(err, ErrContradiction) {
		t.Errorf("changed its mind across a restart: %v", err)
	}
	a := admission(t, 1, 1, 1, 1)
	for name, history := range map[string][]wire.Vote{
		"contradiction": {vote(0, 0, wire.Valid), vote(0, 1, wire.Invalid)},
		"another's":     {vote(1, 0, wire.Valid)},
	} {
		if _, err := NewInstance(Config{Slot: slot, Admission: a, Self: address(0), History: history}, &desk{}); err == nil {
			t.Errorf("took a history with %s", name)
		}
	}
}

func TestAnOwnVoteFromTheNetworkBinds(t *testing.T) {
	// The journal was lost; a peer still has what this validator said.
	i, d, a := bench(t, 4)
	receive(t, i, a, vote(0, 0, wire.Invalid))
	if i.Verdict() != wire.Invalid || len(d.recorded) != 1 {
		t.Errorf("verdict %s, %d recorded", i.Verdict(), len(d.recorded))
	}
	if err := i.Conclude(wire.Valid); !errors.Is(err, ErrContradiction) {
		t.Errorf("contradicted the recalled vote: %v", err)
	}
	m, _ := a.Validate(vote(0, 1, wire.Valid))
	if err := i.Receive(m); !errors.Is(err, ErrContradiction) {
		t.Errorf("took a second own verdict: %v", err)
	}
}

func TestAListenerOnlyListens(t *testing.T) {
	a, d := admission(t, 1, 1, 1, 1), &desk{}
	i, err := NewInstance(Config{Slot: slot, Admission: a, Self: number(77)}, d)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(i.Start(), i.Conclude(wire.Valid), i.Alarm(0)); err != nil {
		t.Fatal(err)
	}
	receive(t, i, a, vote(0, 1, wire.Valid), vote(1, 1, wire.Valid), vote(3, 1, wire.Valid))
	if len(d.sent) != 0 || len(d.began) != 0 || len(d.certificates) != 1 {
		t.Errorf("sent %d, asked %d times, %d certificates", len(d.sent), len(d.began), len(d.certificates))
	}
}

func TestAfterTheDecisionNoMoreAlarms(t *testing.T) {
	i, d, a := bench(t, 4)
	if err := i.Conclude(wire.Valid); err != nil {
		t.Fatal(err)
	}
	receive(t, i, a, vote(1, 0, wire.Valid), vote(2, 0, wire.Valid))
	alarms := len(d.alarms)
	if err := i.Alarm(0); err != nil || len(d.alarms) != alarms || i.Round() != 0 {
		t.Errorf("went on to round %d", i.Round())
	}
	// It still helps those who missed the certificate.
	receive(t, i, a, vote(2, 1, wire.Valid), vote(3, 1, wire.Valid))
	if last := d.sent[len(d.sent)-1]; last.Round != 1 || last.Verdict != wire.Valid {
		t.Errorf("last vote %s in round %d, want VALID in round 1", last.Verdict, last.Round)
	}
}

func TestRoundsEnd(t *testing.T) {
	i, _, _ := bench(t, 4, vote(0, wire.MaxRound, wire.Valid))
	if err := i.Alarm(wire.MaxRound); !errors.Is(err, ErrRoundsExhausted) {
		t.Error(err)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	i, d, a := bench(t, 4)
	for round := range uint32(3 * roundsKept) {
		receive(t, i, a, vote(1, round, wire.Valid))
	}
	if n := len(i.tally.ballots[1].votes); n > roundsKept {
		t.Errorf("keeps %d votes of one validator", n)
	}
	// Its old verdict is not forgotten with the votes.
	receive(t, i, a, vote(1, 4*roundsKept, wire.Invalid))
	if len(d.evidence) != 1 {
		t.Error("evidence was lost with old votes")
	}
}

func TestBadTables(t *testing.T) {
	m := func(i int, stake int64) Member {
		return Member{Address: address(i), VoteKey: key(i), Stake: big.NewInt(stake)}
	}
	twice, zeroKey := m(1, 1), m(1, 1)
	twice.VoteKey = key(0)
	zeroKey.VoteKey = felt.Felt{}
	many := make([]Member, wire.MaxSigners+1)
	for i := range many {
		many[i] = m(i, 1)
	}
	for name, members := range map[string][]Member{
		"empty":          {},
		"too many":       many,
		"no stake":       {m(0, 0), m(1, 0)},
		"negative":       {m(0, 5), m(1, -1)},
		"nil stake":      {{Address: address(0), VoteKey: key(0)}},
		"descending":     {m(1, 1), m(0, 1)},
		"twice the same": {m(0, 1), m(0, 1)},
		"one key twice":  {m(0, 1), twice},
		"zero key":       {m(0, 1), zeroKey},
	} {
		if _, err := NewTable(1, members); !errors.Is(err, ErrTable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBadCertificates(t *testing.T) {
	i, d, a := bench(t, 4)
	if err := i.Conclude(wire.Valid); err != nil {
		t.Fatal(err)
	}
	receive(t, i, a, vote(1, 0, wire.Valid), vote(2, 0, wire.Valid))
	good := d.certificates[0]
	if err := a.VerifyCertificate(good); err != nil {
		t.Fatal(err)
	}
	clone := func() wire.Certificate {
		c := good
		c.Signatures = slices.Clone(good.Signatures)
		return c
	}
	for name, change := range map[string]func(*wire.Certificate){
		"one signer less":     func(c *wire.Certificate) { c.Signers = wire.Bitmap{31: 3}; c.Signatures = c.Signatures[:2] },
		"signature missing":   func(c *wire.Certificate) { c.Signatures = c.Signatures[:2] },
		"signature too many":  func(c *wire.Certificate) { c.Signatures = append(c.Signatures, c.Signatures[0]) },
		"signatures swapped":  func(c *wire.Certificate) { c.Signatures[0], c.Signatures[1] = c.Signatures[1], c.Signatures[0] },
		"another round":       func(c *wire.Certificate) { c.Round++ },
		"another verdict":     func(c *wire.Certificate) { c.Verdict = wire.Invalid },
		"another epoch":       func(c *wire.Certificate) { c.Slot.VoteEpoch++ },
		"beyond the table":    func(c *wire.Certificate) { c.Signers.Set(200); c.Signatures = append(c.Signatures, c.Signatures[0]) },
		"nobody":              func(c *wire.Certificate) { c.Signers = wire.Bitmap{}; c.Signatures = nil },
		"same signer counted": func(c *wire.Certificate) { c.Signatures[1] = c.Signatures[0] },
	} {
		c := clone()
		change(&c)
		if err := a.VerifyCertificate(c); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
