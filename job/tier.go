package job

import (
	"bufio"
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"sync"
)

// Tier ranks workers by what they can run and must stake.
type Tier uint8

// The tiers, as numbered in StakingManager.
const (
	TierConsumer Tier = 1 + iota
	TierWorkstation
	TierDataCenter
	TierEnterprise
	TierFrontier
)

// ErrUnknownTier means that a text is neither a tier nor a known GPU model.
var ErrUnknownTier = errors.New("job: unknown tier or GPU model")

var tierNames = [...]string{TierConsumer: "Consumer", TierWorkstation: "Workstation", TierDataCenter: "DataCenter", TierEnterprise: "Enterprise", TierFrontier: "Frontier"}

// Valid reports whether t is one of the five tiers.
func (t Tier) Valid() bool { return t >= TierConsumer && t <= TierFrontier }

// String is the tier's name.
func (t Tier) String() string {
	if !t.Valid() {
		return fmt.Sprintf("Tier(%d)", uint8(t))
	}
	return tierNames[t]
}

// MinStakeSAGE is the tier's minimum stake in whole SAGE. The contract's table is binding; a test
// compares the two.
func (t Tier) MinStakeSAGE() uint64 {
	return [...]uint64{0, 1_000, 2_500, 5_000, 10_000, 25_000}[t]
}

//go:embed gpus.tsv
var gpuTable []byte

var gpuTiers = sync.OnceValue(func() map[string]Tier {
	table := map[string]Tier{}
	lines := bufio.NewScanner(bytes.NewReader(gpuTable))
	for lines.Scan() {
		line := lines.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		model, tier, ok := strings.Cut(line, "\t")
		if !ok {
			panic("job: gpus.tsv: no tab in " + line)
		}
		t, err := parseTierName(tier)
		if err != nil {
			panic("job: gpus.tsv: " + err.Error())
		}
		table[gpuKey(model)] = t
	}
	return table
})

// gpuKey is a model in capital words, without vendors and brands.
func gpuKey(model string) string {
	var words []string
	for _, w := range strings.FieldsFunc(strings.ToUpper(model), func(r rune) bool { return r == ' ' || r == '-' || r == '_' }) {
		switch w {
		case "NVIDIA", "GEFORCE", "TESLA", "AMD", "RADEON", "INSTINCT", "GRAPHICS":
		default:
			words = append(words, w)
		}
	}
	return strings.Join(words, " ")
}

func parseTierName(s string) (Tier, error) {
	for t := TierConsumer; t <= TierFrontier; t++ {
		if strings.EqualFold(s, tierNames[t]) {
			return t, nil
		}
	}
	return 0, fmt.Errorf("%w: %q", ErrUnknownTier, s)
}

// ParseTier reads a tier's name, or a GPU model that the checked-in table knows ("T4", "NVIDIA H100
// 80GB HBM3"), or "cpu".
func ParseTier(s string) (Tier, error) {
	if t, err := parseTierName(s); err == nil {
		return t, nil
	}
	if t, ok := TierOfGPU(s); ok {
		return t, nil
	}
	return 0, fmt.Errorf("%w: %q; use Consumer, Workstation, DataCenter, Enterprise, Frontier, cpu, or a GPU model such as T4", ErrUnknownTier, s)
}

// TierOfGPU looks a model up. Drivers write memory sizes and form factors behind the model, so the
// known model with most words that begins the name counts.
func TierOfGPU(model string) (Tier, bool) {
	for key := gpuKey(model); key != ""; {
		if t, ok := gpuTiers()[key]; ok {
			return t, true
		}
		end := strings.LastIndexByte(key, ' ')
		if end < 0 {
			break
		}
		key = key[:end]
	}
	return 0, false
}
