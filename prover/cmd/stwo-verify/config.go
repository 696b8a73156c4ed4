package main

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sage-network/sage-node/prover/air/matmul"
	"github.com/sage-network/sage-node/prover/proof"
)

// defaultMinBits is what a configuration that the proof states itself must have, in
// the crate's count. It is one more than PcsConfig::default() has, 13: it refuses
// what nobody chose, and is no measure of security.
const defaultMinBits = 14

// presets are configurations with names.
var presets = map[string]proof.Config{
	"onchain":      matmul.Config(),
	"stwo-default": {PowBits: 10, LogBlowup: 1, Queries: 3, FoldStep: 1},
}

func presetNames() string {
	return strings.Join(slices.Sorted(maps.Keys(presets)), ", ")
}

var errWeak = errors.New("the proof's configuration is too weak")

// demand is what the caller demands of a configuration.
type demand struct {
	set     map[string]bool // the names of the flags that were given
	preset  string
	values  map[string]*uint
	minBits uint
	any     bool
}

// parameter is one number of a configuration under its flag's name.
type parameter struct {
	flag, meaning string
	of            func(c *proof.Config) *uint32
}

var parameters = []parameter{
	{"pow-bits", "bits of proof of work", func(c *proof.Config) *uint32 { return &c.PowBits }},
	{"blowup", "log₂ of the blowup factor", func(c *proof.Config) *uint32 { return &c.LogBlowup }},
	{"queries", "number of queries", func(c *proof.Config) *uint32 { return &c.Queries }},
	{"fold-step", "halvings between two FRI layers", func(c *proof.Config) *uint32 { return &c.FoldStep }},
	{"last-layer", "log₂ of the coefficients of the last FRI layer", func(c *proof.Config) *uint32 { return &c.LogLastLayerDegree }},
}

// demandFlags declares the flags of a demand.
func demandFlags(flags *flag.FlagSet) *demand {
	d := &demand{values: map[string]*uint{}}
	flags.StringVar(&d.preset, "config", "", "demand this `configuration`: "+presetNames())
	for _, p := range parameters {
		d.values[p.flag] = flags.Uint(p.flag, 0, "demand this: "+p.meaning)
	}
	flags.UintVar(&d.minBits, "min-bits", defaultMinBits, "demand so many bits: --pow-bits + --blowup × --queries")
	flags.BoolVar(&d.any, "any-config", false, "take any configuration that the proof states, however weak")
	return d
}

// parsed is called when the flags are known. It refuses demands that contradict each
// other, and any demand where the AIR has one configuration.
func (d *demand) parsed(flags *flag.FlagSet, fixed bool) error {
	d.set = map[string]bool{}
	flags.Visit(func(f *flag.Flag) { d.set[f.Name] = true })
	single := ""
	for _, p := range parameters {
		if d.set[p.flag] {
			single = p.flag
		}
	}
	switch {
	case fixed && (single != "" || d.set["config"] || d.set["min-bits"] || d.set["any-config"]):
		return fmt.Errorf("%w: the AIR's version has one configuration, and no other is ever taken", errUsage)
	case d.set["config"] && presets[d.preset] == (proof.Config{}):
		return fmt.Errorf("%w: --config is %q, want one of %s", errUsage, d.preset, presetNames())
	case d.set["config"] && single != "":
		return fmt.Errorf("%w: --config already says what --%s is", errUsage, single)
	case d.any && d.set["min-bits"]:
		return fmt.Errorf("%w: --any-config and --min-bits contradict each other", errUsage)
	case d.any && (d.set["config"] || single != ""):
		return fmt.Errorf("%w: --any-config is for a configuration that nothing is demanded of", errUsage)
	}
	return nil
}

// whole reports whether the caller demands one configuration.
func (d *demand) whole() bool {
	return d.set["config"] || !slices.ContainsFunc(parameters, func(p parameter) bool { return !d.set[p.flag] })
}

// config returns the configuration to verify under: the demanded one, or as far as
// nothing is demanded the one that the proof states. It refuses one that states
// another or too few bits.
func (d *demand) config(stated proof.Config) (proof.Config, error) {
	want := stated
	if d.set["config"] {
		want = presets[d.preset]
	}
	for _, p := range parameters {
		if d.set[p.flag] {
			*p.of(&want) = uint32(min(*d.values[p.flag], 1<<32-1))
		}
	}
	if d.whole() {
		want.LiftingLogSize = 0
	}
	for _, p := range parameters {
		if got, want := *p.of(&stated), *p.of(&want); got != want {
			return proof.Config{}, fmt.Errorf("%w: the proof states --%s %d, want %d", proof.ErrMalformed, p.flag, got, want)
		}
	}
	if err := want.Validate(); err != nil {
		return proof.Config{}, err
	}
	if d.any || d.whole() && !d.set["min-bits"] {
		return want, nil
	}
	if bits := want.Bits(); bits < uint64(d.minBits) {
		return proof.Config{}, fmt.Errorf("%w: %d bits, want at least %d (--min-bits and --any-config choose otherwise)", errWeak, bits, d.minBits)
	}
	return want, nil
}

// describe says where the configuration comes from, and what it is.
func (d *demand) describe(c proof.Config) string {
	source := "as the proof states it"
	if d.whole() {
		source = "as demanded"
	}
	return fmt.Sprintf("configuration %s: %d bits of work, blowup 2^%d, %d queries, fold step %d, last layer 2^%d: %d bits",
		source, c.PowBits, c.LogBlowup, c.Queries, c.FoldStep, c.LogLastLayerDegree, c.Bits())
}
