package sim

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/sage-network/sage-node/wire"
	"pgregory.net/rapid"
)

// base is a network of n equal validators that heals at once.
func base(n int) Config {
	stakes := make([]int64, n)
	for i := range stakes {
		stakes[i] = 1
	}
	return Config{
		Stakes: stakes, MaxDelay: 200 * time.Millisecond, RoundTimeout: 30 * time.Second,
		Truth: wire.Valid, Horizon: 20 * time.Minute,
	}
}

// certified returns when an honest validator first held a decisive certificate, and fails the test
// on one that says something else than the truth.
func certified(t testing.TB, config Config, outcome Outcome) (time.Duration, bool) {
	t.Helper()
	first, ok := time.Duration(0), false
	for i, certificates := range outcome.Certificates {
		if _, wrong := certificates[opposite(config.Truth)]; wrong {
			t.Fatalf("seed %d: validator %d holds a certificate for %s", config.Seed, i, opposite(config.Truth))
		}
		if _, right := certificates[config.Truth]; right && (!ok || outcome.CertifiedAt[i] < first) {
			first, ok = outcome.CertifiedAt[i], true
		}
	}
	return first, ok
}

func run(t testing.TB, config Config) Outcome {
	t.Helper()
	outcome, err := Run(config)
	if err != nil {
		t.Fatal(err)
	}
	for i := range outcome.Accused {
		if _, adversary := config.Behaviours[i]; !adversary {
			t.Fatalf("seed %d: honest validator %d stands accused", config.Seed, i)
		}
	}
	return outcome
}

func TestCalmNetworkDecidesInRoundZero(t *testing.T) {
	for _, n := range []int{1, 2, 3, 4, 7, 100} {
		for _, truth := range []wire.Verdict{wire.Valid, wire.Invalid} {
			t.Run(fmt.Sprintf("%d validators, %s", n, truth), func(t *testing.T) {
				config := base(n)
				config.Truth = truth
				outcome := run(t, config)
				for i, certificates := range outcome.Certificates {
					c, ok := certificates[truth]
					if !ok || c.Round != 0 {
						t.Errorf("validator %d: certificate %v in round %d", i, ok, c.Round)
					}
				}
			})
		}
	}
}

func TestEachAdversaryBelowAThird(t *testing.T) {
	behaviours := map[string]func() Behaviour{
		"silent":       func() Behaviour { return Silent{} },
		"lying":        func() Behaviour { return new(Lying) },
		"equivocating": func() Behaviour { return new(Equivocating) },
		"spamming":     func() Behaviour { return new(Spamming) },
	}
	for name, behaviour := range behaviours {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(20) {
				config := base(7)
				config.Seed = seed
				config.Behaviours = map[int]Behaviour{1: behaviour(), 5: behaviour()}
				outcome := run(t, config)
				if at, ok := certified(t, config, outcome); !ok || at > config.RoundTimeout {
					t.Errorf("seed %d: certified %v at %s", seed, ok, at)
				}
				if name == "lying" && len(outcome.Accused) != 0 {
					t.Errorf("seed %d: a consistent liar was accused of equivocation", seed)
				}
			}
		})
	}
}

func TestEquivocationIsSeen(t *testing.T) {
	config := base(4)
	config.Behaviours = map[int]Behaviour{2: new(Equivocating)}
	// The certificate may come first, but votes keep arriving: look over several seeds.
	for seed := range uint64(10) {
		config.Seed = seed
		if outcome := run(t, config); outcome.Accused[2] {
			return
		}
	}
	t.Error("nobody noticed the equivocating validator")
}

func TestUnavailableBecomesValid(t *testing.T) {
	config := base(4)
	served := 70 * time.Second
	config.ServedAt = []time.Duration{served, served, served, served}
	outcome := run(t, config)
	unavailable := false
	for _, certificates := range outcome.Certificates {
		_, ok := certificates[wire.Unavailable]
		unavailable = unavailable || ok
	}
	if !unavailable {
		t.Error("no UNAVAILABLE certificate while nobody served the bytes")
	}
	if at, ok := certified(t, config, outcome); !ok || at < served || at > served+3*config.RoundTimeout {
		t.Errorf("certified %v at %s", ok, at)
	}
}

func TestOneWithoutTheBytesDoesNotHinder(t *testing.T) {
	config := base(4)
	config.ServedAt = []time.Duration{0, 0, time.Hour, 0}
	if at, ok := certified(t, config, run(t, config)); !ok || at > config.RoundTimeout {
		t.Errorf("certified %v at %s", ok, at)
	}
}

// TestForkAboveTwoThirds shows that the simulation would see a fork: honest verdicts being pure, a wrong
// certificate takes liars with more than two thirds of the stake.
func TestForkAboveTwoThirds(t *testing.T) {
	for seed := range uint64(200) {
		config := base(4)
		config.Seed = seed
		config.Behaviours = map[int]Behaviour{0: new(Equivocating), 1: new(Equivocating), 2: new(Equivocating)}
		config.Weather = Partitioned{Sides: 2, Shift: time.Hour, Seed: seed, Bridges: map[int]bool{0: true, 1: true, 2: true}}
		config.Heal = 10 * time.Minute
		outcome, err := Run(config)
		if err != nil {
			t.Fatal(err)
		}
		if _, wrong := outcome.Certificates[3][wire.Invalid]; wrong {
			return
		}
	}
	t.Error("no seed forks although the adversary holds three quarters of the stake")
}

// drawn makes a hostile configuration: less than a third of the stake behaves in some way, the
// network loses, delays and parts, honest validators crash.
func drawn(seed uint64) Config {
	r := rand.New(rand.NewPCG(seed, 0xbad))
	n := 1 + r.IntN(10)
	config := base(n)
	config.Seed = seed
	total := int64(0)
	for i := range config.Stakes {
		config.Stakes[i] = r.Int64N(100)
		total += config.Stakes[i]
	}
	if total == 0 {
		config.Stakes[0], total = 1, 1
	}
	config.Behaviours = make(map[int]Behaviour)
	held := int64(0)
	for _, i := range r.Perm(n) {
		if 3*(held+config.Stakes[i]) < total && r.IntN(4) > 0 {
			held += config.Stakes[i]
			config.Behaviours[i] = []Behaviour{Silent{}, new(Lying), new(Equivocating), new(Spamming)}[r.IntN(4)]
		}
	}
	if r.IntN(2) == 0 {
		config.Truth = wire.Invalid
	}
	config.Heal = time.Duration(r.Int64N(int64(8 * time.Minute)))
	switch r.IntN(3) {
	case 0:
		config.Weather = Delaying{Most: time.Duration(1 + r.Int64N(int64(3*time.Minute))), Loss: r.Float64()}
	case 1:
		bridges := make(map[int]bool)
		for i := range config.Behaviours {
			bridges[i] = true
		}
		config.Weather = Partitioned{Sides: 2 + r.IntN(3), Shift: time.Duration(1 + r.Int64N(int64(2*time.Minute))), Seed: seed, Bridges: bridges}
	}
	if r.IntN(2) == 0 {
		config.CrashRate = r.Float64() / 2
	}
	config.ServedAt = make([]time.Duration, n)
	for i := range config.ServedAt {
		if r.IntN(2) == 0 {
			config.ServedAt[i] = time.Duration(r.Int64N(int64(config.Heal + time.Second)))
		}
	}
	return config
}

// settles is the liveness bound: after the heal, crashed validators come back within two rounds,
// and the votes meet within a few more.
func settles(config Config) time.Duration { return config.Heal + 8*config.RoundTimeout }

func checkDrawn(t testing.TB, seed uint64) {
	config := drawn(seed)
	outcome := run(t, config)
	at, ok := certified(t, config, outcome)
	if !ok || at > settles(config) {
		t.Fatalf("seed %d: certified %v at %s, network healed at %s", seed, ok, at, config.Heal)
	}
}

func TestSafetyAndLiveness(t *testing.T) {
	seeds := uint64(400)
	if testing.Short() {
		seeds = 50
	}
	for seed := range seeds {
		checkDrawn(t, seed)
	}
}

func TestSafetyAndLivenessDrawn(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		seed := rapid.Uint64().Draw(rt, "seed")
		checkDrawn(t, seed)
	})
}

func FuzzSimulation(f *testing.F) {
	f.Add(uint64(0))
	f.Add(uint64(1 << 40))
	f.Fuzz(func(t *testing.T, seed uint64) { checkDrawn(t, seed) })
}

func TestRunsAreReproducible(t *testing.T) {
	a := run(t, drawn(11))
	b := run(t, drawn(11))
	if a.Events != b.Events || fmt.Sprint(a.CertifiedAt) != fmt.Sprint(b.CertifiedAt) {
		t.Errorf("two runs of one seed differ: %d and %d events", a.Events, b.Events)
	}
}
