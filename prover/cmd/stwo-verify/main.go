// Command stwo-verify checks STARK proofs in the JSON form of the Rust crate stwo
// 2.3.0 (Blake2s Merkle channel).
//
//	stwo-verify --air wide-fibonacci --columns 100 --log-rows 8 PROOF.json
//	stwo-verify --air matmul JOB.json
//	stwo-verify --air matmul --statement JOB.json PROOF.sage
//
// A wide Fibonacci proof is checked under the configuration that it states itself,
// which is printed: such proofs serve comparison only. A matmul proof is checked
// under the one configuration of its AIR version, against the statement in
// JOB.json ({"statement": {…}, "proof": {…}}); with --statement the proof is a
// proof file instead.
//
// The exit status is 0 if the proof holds, 1 if it does not, 2 for wrong usage.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/sage-network/sage-node/prover"
	"github.com/sage-network/sage-node/prover/air/widefib"
	"github.com/sage-network/sage-node/prover/channel"
	"github.com/sage-network/sage-node/prover/proof"
	"github.com/sage-network/sage-node/prover/verify"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

var errUsage = errors.New("wrong usage")

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("stwo-verify", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: stwo-verify --air wide-fibonacci --columns N --log-rows N PROOF.json")
		fmt.Fprintln(stderr, "       stwo-verify --air matmul [--statement JOB.json] FILE")
		flags.PrintDefaults()
	}
	name := flags.String("air", "", "the constraint system: wide-fibonacci or matmul")
	columns := flags.Int("columns", 0, "wide-fibonacci: number of columns")
	logRows := flags.Uint("log-rows", 0, "wide-fibonacci: log₂ of the number of rows")
	statement := flags.String("statement", "", "matmul: `file` with the statement; the proof is then a proof file")
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
	var err error
	switch *name {
	case "wide-fibonacci":
		err = wideFibonacci(stdout, uint32(min(*logRows, 99)), *columns, flags.Arg(0))
	case "matmul":
		err = matmul(stdout, *statement, flags.Arg(0))
	default:
		err = fmt.Errorf("%w: --air is %q, want wide-fibonacci or matmul", errUsage, *name)
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

func wideFibonacci(stdout io.Writer, logRows uint32, columns int, file string) error {
	component, err := widefib.New(logRows, columns)
	if err != nil {
		return fmt.Errorf("%w: %w (see --log-rows and --columns)", errUsage, err)
	}
	data, err := readFile(file, proof.MaxJSON)
	if err != nil {
		return err
	}
	p, err := proof.DecodeJSON(data)
	if err != nil {
		return err
	}
	var ch channel.Channel
	ch.MixFelts(p.Config.Felts())
	if err := verify.Verify(ch, verify.Instance{AIR: component, Config: p.Config}, p); err != nil {
		return err
	}
	c := p.Config
	fmt.Fprintf(stdout, "the proof holds: wide Fibonacci, 2^%d rows, %d columns\n", logRows, columns)
	fmt.Fprintf(stdout, "configuration as the proof states it: %d bits of work, blowup 2^%d, %d queries, fold step %d, last layer 2^%d\n",
		c.PowBits, c.LogBlowup, c.Queries, c.FoldStep, c.LogLastLayerDegree)
	return nil
}

func matmul(stdout io.Writer, statementFile, file string) error {
	jobFile := file
	if statementFile != "" {
		jobFile = statementFile
	}
	data, err := readFile(jobFile, proof.MaxJSON)
	if err != nil {
		return err
	}
	var job struct {
		Statement *statementJSON  `json:"statement"`
		Proof     json.RawMessage `json:"proof"`
	}
	if err := json.Unmarshal(data, &job); err != nil {
		return fmt.Errorf("%w: %s: %w", errUsage, jobFile, err)
	}
	if job.Statement == nil {
		return fmt.Errorf("%w: %s has no statement", errUsage, jobFile)
	}
	s, err := job.Statement.statement()
	if err != nil {
		return fmt.Errorf("%w: %s: %w", errUsage, jobFile, err)
	}
	if statementFile == "" {
		p, err := proof.DecodeJSON(job.Proof)
		if err != nil {
			return err
		}
		if err := prover.VerifyProof(s, p); err != nil {
			return err
		}
	} else {
		blob, err := readFile(file, proof.MaxBlob)
		if err != nil {
			return err
		}
		sealed, err := prover.Verify(s, blob)
		if err != nil {
			return err
		}
		fmt.Fprintf(stdout, "proof hash %x, commitment %v\n", sealed.Hash, &sealed.Commitment)
	}
	fmt.Fprintf(stdout, "the proof holds: %d×%d times %d×%d over M31\n", s.Rows, s.Inner, s.Inner, s.Columns)
	return nil
}
