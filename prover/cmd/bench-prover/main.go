// Command bench-prover measures package prove beside the Rust crate stwo 2.3.0:
// the same traces, the same parameters, proofs equal in every byte, on the same
// machine in one run with equally many threads.
//
//	bench-prover --program PATH [--rows REGEXP] [--threads 1,2] [--repeat N]
//	bench-prover --portable PATH [--rows REGEXP] [--repeat N]
//
// In the second form PATH is this program built with -tags=purego: the prover in
// vector instructions is measured beside the portable one, in processor time.
//
// In the first, PATH is the program that cargo builds in prover/interop; `make bench-prover`
// builds and passes it. Every proof is made by a fresh process, so that cold
// starts count: twiddles, tables, page faults. The generation of an AIR's own
// columns is timed on both sides and left out; columns of lookups are part of
// proving. Sides take turns, figures are medians over the repetitions.
//
// The crate can keep polynomials' coefficients or not; which is faster depends on
// the instance. Both are tried once for each row and the faster one counts.
//
// The last line is `geomean R worst W`, both the crate's time by ours.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"strconv"
	"strings"

	"github.com/sage-network/sage-node/prover/air/matmul"
	"github.com/sage-network/sage-node/prover/interop"
	"github.com/sage-network/sage-node/prover/proof"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if len(os.Args) == 3 && os.Args[1] == childCommand {
		err = child(ctx, os.Args[2], os.Stdout)
	} else {
		err = run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench-prover:", err)
		os.Exit(1)
	}
}

// row is one line of the comparison.
type row struct {
	name string
	c    interop.Case
}

// blowup2 is the configuration at blowup 2.
func blowup2() proof.Config {
	return proof.Config{PowBits: 10, LogBlowup: 1, Queries: 70, FoldStep: 1}
}

// rows are the instances that are compared.
func rows() []row {
	var out []row
	for _, log := range []uint32{16, 18, 20} {
		out = append(out, row{fmt.Sprintf("wide-fibonacci-%d", log),
			interop.Case{AIR: interop.WideFibonacci, LogRows: log, Columns: 100, Config: blowup2()}})
	}
	for _, k := range []uint32{6, 8, 10} {
		out = append(out, row{fmt.Sprintf("matmul-%d", 1<<k),
			interop.Case{AIR: interop.Matmul, LogRows: 2 * k, Words: []uint32{1}, Config: matmul.Config()}})
	}
	for log := uint32(14); log <= 18; log++ {
		// eight permutations to a row
		out = append(out, row{fmt.Sprintf("poseidon2-%d", log),
			interop.Case{AIR: interop.Poseidon2, LogRows: log - 3, Config: blowup2()}})
	}
	return out
}

func rowNamed(name string) (row, error) {
	for _, r := range rows() {
		if r.name == name {
			return r, nil
		}
	}
	return row{}, fmt.Errorf("no row is named %q", name)
}

// defaultRows are those of the goal; matmul's smaller sizes run when asked for.
const defaultRows = "wide|matmul-1024|poseidon2"

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("bench-prover", flag.ContinueOnError)
	flags.SetOutput(stderr)
	program := flags.String("program", "", "the Rust `program` built in prover/interop")
	portable := flags.String("portable", "", "this `program` built with -tags=purego, to be compared with instead")
	pattern := flags.String("rows", "", fmt.Sprintf("the rows whose names match this `regexp` (default %q, with --portable %q)", defaultRows, portableRows))
	threads := flags.String("threads", "1,2", "numbers of threads")
	repeat := flags.Int("repeat", 3, "repetitions")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *portable != "" && *program != "" {
		return errors.New("--portable and --program are different comparisons: give one of them")
	}
	if *program == "" && *portable == "" {
		return errors.New("--program is missing: `make bench-prover` builds it with cargo and passes it")
	}
	if *pattern == "" {
		*pattern = defaultRows
		if *portable != "" {
			*pattern = portableRows
		}
	}
	match, err := regexp.Compile(*pattern)
	if err != nil {
		return fmt.Errorf("--rows: %w", err)
	}
	if *repeat < 1 {
		return fmt.Errorf("--repeat is %d, want at least 1", *repeat)
	}
	b := &bench{program: *program, repeat: *repeat, log: stderr}
	for field := range strings.SplitSeq(*threads, ",") {
		n, err := strconv.Atoi(field)
		if err != nil || n < 1 {
			return fmt.Errorf("--threads is %q, want positive numbers by commas", *threads)
		}
		b.threads = append(b.threads, n)
	}
	for _, r := range rows() {
		if match.MatchString(r.name) {
			b.rows = append(b.rows, r)
		}
	}
	if len(b.rows) == 0 {
		return fmt.Errorf("no row matches %q", *pattern)
	}
	if b.self, err = os.Executable(); err != nil {
		return err
	}
	if *portable != "" {
		return b.portable(ctx, *portable, stdout)
	}
	if err := b.measure(ctx); err != nil {
		return err
	}
	return b.report(stdout)
}
