// Command stwo-verify checks STARK proofs in the JSON form of the Rust crate stwo
// 2.3.0 (Blake2s Merkle channel).
//
//	stwo-verify --air wide-fibonacci --columns 100 --log-rows 8 PROOF.json
//	stwo-verify --air bus --log-rows 9 --bits 8 PROOF.json
//	stwo-verify --air matmul JOB.json
//	stwo-verify --air matmul --statement JOB.json PROOF.sage
//
// A matmul proof is checked under the one configuration of its AIR version,
// against the statement in JOB.json ({"statement": {…}, "preprocessed_root": "…",
// "proof": {…}}, the root may be missing); with --statement the proof is a proof
// file instead. A statement of version 2 lists the sizes of several "products".
//
// The other AIRs serve comparison, and are described in prover/interop/README.md:
// wide-fibonacci, matmul-batch, range-check, bus, masks, assorted, poseidon2. The
// transcript mixes what --words gives, if anything, and the configuration. The file is
// the crate's StarkProof or, as lookups need it,
// {"interaction_pow": 0, "claimed_sums": […], "proof": {…}}, or a proof file of either.
//
// A verifier never takes what it demands from the proof: a prover that chooses the
// configuration chooses how hard it is to cheat. Demand one with --config, or number
// by number with --pow-bits, --blowup, --queries, --fold-step and --last-layer. What
// is not demanded is taken from the proof, printed, and refused below 14 bits, by
// --pow-bits + --blowup × --queries; --min-bits asks for more, --any-config for
// none. 14 is one more than the crate's PcsConfig::default() and no measure of security.
//
// The exit status is 0 if the proof holds, 1 if it does not, 2 for wrong usage.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/sage-network/sage-node/prover"
	"github.com/sage-network/sage-node/prover/interop"
	"github.com/sage-network/sage-node/prover/proof"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

var errUsage = errors.New("wrong usage")

// compare are the AIRs that serve comparison.
var compare = []string{
	interop.WideFibonacci, interop.MatmulBatch, interop.RangeCheck, interop.Bus, interop.Masks, interop.Assorted, interop.Poseidon2,
}

var names = "matmul, " + strings.Join(compare[:len(compare)-1], ", ") + " or " + compare[len(compare)-1]

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("stwo-verify", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: stwo-verify --air wide-fibonacci --columns N --log-rows N PROOF.json")
		fmt.Fprintln(stderr, "       stwo-verify --air NAME [--log-rows N] [--columns N] [--bits N] [--words N,…] PROOF.json")
		fmt.Fprintln(stderr, "       stwo-verify --air matmul [--statement JOB.json] FILE")
		fmt.Fprintf(stderr, `
matmul is checked under the one configuration of its version. For the other AIRs demand
a configuration: --config, or --pow-bits, --blowup, --queries, --fold-step, --last-layer.
What is not demanded is taken from the proof, as no verifier that relies on a proof may
do: whoever chooses the configuration chooses how hard it is to cheat. It is printed,
and refused below %d bits unless --min-bits or --any-config says otherwise.

`, defaultMinBits)
		flags.PrintDefaults()
	}
	name := flags.String("air", "", "the constraint system: "+names)
	logRows := flags.Uint("log-rows", 0, "log₂ of the number of rows")
	columns := flags.Int("columns", 0, "wide-fibonacci, range-check, assorted: number of columns")
	bits := flags.Uint("bits", 0, "range-check, bus, assorted: log₂ of the rows of the table or of the receiver")
	products := flags.String("products", "", "matmul-batch: sizes of the products, such as 8x8x8,3x7x2 for rows x inner x columns")
	words := flags.String("words", "", "words that the transcript mixes first, by commas")
	interactionPow := flags.Uint("interaction-pow", 0, "zero bits of the nonce before challenges are drawn")
	statement := flags.String("statement", "", "matmul: `file` with the statement; the proof is then a proof file")
	demand := demandFlags(flags)
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	if flags.NArg() != 1 {
		fmt.Fprintf(stderr, "stwo-verify: %d files given, want 1\n", flags.NArg())
		flags.Usage()
		return 2
	}
	err := demand.parsed(flags, *name == interop.Matmul)
	switch {
	case err != nil:
	case *name == interop.Matmul:
		err = product(stdout, *statement, flags.Arg(0))
	case slices.Contains(compare, *name):
		c := interop.Case{
			AIR: *name, LogRows: small(*logRows), Columns: *columns, Bits: small(*bits),
			InteractionPowBits: small(*interactionPow),
		}
		c.Words, err = parseWords(*words)
		if err == nil {
			c.Products, err = parseProducts(*products)
		}
		if err == nil {
			err = compared(context.Background(), stdout, c, demand, flags.Arg(0))
		}
	default:
		err = fmt.Errorf("%w: --air is %q, want %s", errUsage, *name, names)
	}
	if err != nil {
		fmt.Fprintln(stderr, "stwo-verify:", err)
		if errors.Is(err, errUsage) {
			return 2
		}
		return 1
	}
	return 0
}

// small keeps a flag's value from wrapping; every limit on it is below 99.
func small(n uint) uint32 { return uint32(min(n, 99)) }

func parseWords(text string) ([]uint32, error) {
	if text == "" {
		return nil, nil
	}
	var words []uint32
	for field := range strings.SplitSeq(text, ",") {
		w, err := strconv.ParseUint(field, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("%w: --words: %w", errUsage, err)
		}
		words = append(words, uint32(w))
	}
	return words, nil
}

func parseProducts(text string) ([]prover.Size, error) {
	if text == "" {
		return nil, nil
	}
	var sizes []prover.Size
	for field := range strings.SplitSeq(text, ",") {
		var numbers []uint32
		for number := range strings.SplitSeq(field, "x") {
			n, err := strconv.ParseUint(number, 10, 32)
			if err != nil {
				return nil, fmt.Errorf("%w: --products: %w", errUsage, err)
			}
			numbers = append(numbers, uint32(n))
		}
		if len(numbers) != 3 {
			return nil, fmt.Errorf("%w: --products: %q, want rows x inner x columns", errUsage, field)
		}
		sizes = append(sizes, prover.Size{Rows: numbers[0], Inner: numbers[1], Columns: numbers[2]})
	}
	return sizes, nil
}

// readFile reads a file of at most limit bytes.
func readFile(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUsage, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s: %w: more than %d bytes", name, proof.ErrTooLarge, limit)
	}
	return data, nil
}

// compared checks a proof of an AIR that serves comparison.
func compared(ctx context.Context, stdout io.Writer, c interop.Case, d *demand, file string) error {
	if _, err := c.Constraints(); err != nil {
		return fmt.Errorf("%w: %w (see --log-rows, --columns, --bits and --products)", errUsage, err)
	}
	data, err := readFile(file, proof.MaxJSON)
	if err != nil {
		return err
	}
	s, err := read(&c, d, data)
	if err != nil {
		return err
	}
	if err := c.Verify(ctx, s); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "the proof holds: %s, 2^%d rows\n", c.AIR, c.LogRows)
	fmt.Fprintln(stdout, d.describe(c.Config))
	for i, sum := range s.Interaction.ClaimedSums {
		fmt.Fprintf(stdout, "claimed sum %d: %v\n", i, sum)
	}
	return nil
}

// zstdMagic begins every Zstandard frame, and so every proof file.
var zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}

// read decodes JSON or a proof file, and sets the case's configuration as the demand
// decides.
func read(c *interop.Case, d *demand, data []byte) (s interop.Sealed, err error) {
	if !bytes.HasPrefix(data, zstdMagic) {
		if s, err = interop.DecodeAny(data); err != nil {
			return s, err
		}
		c.Config, err = d.config(s.Proof.Config)
		return s, err
	}
	head, err := proof.Head(data)
	if err != nil {
		return s, err
	}
	if c.Config, err = d.config(head.Config); err != nil {
		return s, err
	}
	return c.Open(data)
}
