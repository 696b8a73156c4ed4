package interop

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/sage-network/sage-node/prover"
	"github.com/sage-network/sage-node/prover/channel"
	"github.com/sage-network/sage-node/prover/proof"
)

// The names of the AIRs, as flags give them.
const (
	WideFibonacci = "wide-fibonacci"
	Matmul        = "matmul"
	MatmulBatch   = "matmul-batch"
	RangeCheck    = "range-check"
	Bus           = "bus"
	Masks         = "masks"
	Assorted      = "assorted"
	Poseidon2     = "poseidon2"
)

// Case is one instance: an AIR in one size with its trace, and the parameters of
// the proof. README.md says what the sizes mean.
type Case struct {
	AIR     string
	LogRows uint32
	Columns int
	Bits    uint32
	// Products are the sizes of a batch of matrix products.
	Products []prover.Size
	Seed     uint32
	// Words open the transcript, unless there are none.
	Words []uint32
	// InteractionPowBits are ground for before challenges are drawn.
	InteractionPowBits uint32
	Config             proof.Config
	// Refused marks an instance whose honest proof both verifiers refuse, see "What
	// the crate cannot verify" in README.md.
	Refused bool
}

// Name tells cases apart; it is a file name.
func (c Case) Name() string {
	name := fmt.Sprintf("%s_%d", c.AIR, c.LogRows)
	if c.Columns > 0 {
		name += fmt.Sprintf("_c%d", c.Columns)
	}
	if c.Bits > 0 {
		name += fmt.Sprintf("_t%d", c.Bits)
	}
	if len(c.Products) > 0 {
		name += fmt.Sprintf("_m%d", len(c.Products))
	}
	if c.InteractionPowBits > 0 {
		name += fmt.Sprintf("_i%d", c.InteractionPowBits)
	}
	return fmt.Sprintf("%s_b%d_f%d_l%d_q%d_p%d", name,
		c.Config.LogBlowup, c.Config.FoldStep, c.Config.LogLastLayerDegree, c.Config.Queries, c.Config.PowBits)
}

// Flags returns the case as flags of the Rust program.
func (c Case) Flags() []string {
	number := func(n uint32) string { return strconv.FormatUint(uint64(n), 10) }
	flags := []string{
		"--air", c.AIR, "--log-rows", number(c.LogRows), "--columns", strconv.Itoa(c.Columns), "--bits", number(c.Bits),
		"--seed", number(c.Seed), "--pow", number(c.Config.PowBits), "--blowup", number(c.Config.LogBlowup),
		"--queries", number(c.Config.Queries), "--last-layer", number(c.Config.LogLastLayerDegree),
		"--fold-step", number(c.Config.FoldStep), "--interaction-pow", number(c.InteractionPowBits),
	}
	if len(c.Products) > 0 {
		sizes := make([]string, len(c.Products))
		for i, s := range c.Products {
			sizes[i] = fmt.Sprintf("%dx%dx%d", s.Rows, s.Inner, s.Columns)
		}
		flags = append(flags, "--products", strings.Join(sizes, ","))
	}
	if len(c.Words) > 0 {
		flags = append(flags, "--words", c.WordsFlag())
	}
	return flags
}

// WordsFlag returns the words as a flag's value.
func (c Case) WordsFlag() string {
	words := make([]string, len(c.Words))
	for i, w := range c.Words {
		words[i] = strconv.FormatUint(uint64(w), 10)
	}
	return strings.Join(words, ",")
}

// transcript returns the channel as it is before tree 0.
func (c Case) transcript() channel.Channel {
	var ch channel.Channel
	if len(c.Words) > 0 {
		ch.MixU32s(c.Words)
	}
	ch.MixFelts(c.Config.Felts())
	return ch
}
