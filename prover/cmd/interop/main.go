// Command interop exchanges proofs with the Rust crate stwo 2.3.0 in both
// directions: for every instance both sides prove the same trace, the proofs must
// be equal in every byte, each side must accept the other's and refuse it with a
// changed nonce.
//
//	interop --program PATH [--set golden|large|all] [--only REGEXP] [--update DIR]
//
// PATH is the program that cargo builds in prover/interop; `make interop` builds
// and passes it. With --update the crate's proofs are written to DIR instead. The
// exit status is 0 if nothing differs.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/sage-network/sage-node/prover/interop"
	"github.com/sage-network/sage-node/prover/prove"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "interop:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("interop", flag.ContinueOnError)
	flags.SetOutput(stderr)
	program := flags.String("program", "", "the Rust `program` built in prover/interop")
	set := flags.String("set", "all", "the instances: golden, large or all")
	only := flags.String("only", "", "the instances of the set whose names match this `regexp`")
	update := flags.String("update", "", "write the crate's proofs to this `folder` instead")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *program == "" {
		return errors.New("--program is missing: `make interop` builds it with cargo and passes it")
	}
	cases := map[string][]interop.Case{
		"golden": interop.Golden(),
		"large":  interop.Large(),
		"all":    append(interop.Golden(), interop.Large()...),
	}[*set]
	if cases == nil {
		return fmt.Errorf("--set is %q, want golden, large or all", *set)
	}
	match, err := regexp.Compile(*only)
	if err != nil {
		return fmt.Errorf("--only: %w", err)
	}
	cases = slices.DeleteFunc(cases, func(c interop.Case) bool { return !match.MatchString(c.Name()) })
	if len(cases) == 0 {
		return fmt.Errorf("no instance of the set matches %q", *only)
	}
	rust := rust{*program}
	if *update != "" {
		return writeGolden(ctx, rust, *update, cases)
	}

	table := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "crate proves\tGo proves\tbytes of JSON\tequal\tGo verifies\tcrate verifies\t  instance")
	failures := 0
	for _, c := range cases {
		if err := ctx.Err(); err != nil {
			return err
		}
		r := exchange(ctx, rust, c)
		note := ""
		if c.Refused {
			note = " (both refuse this proof, also their own)"
		}
		fmt.Fprintln(table, r.row()+"\t  "+c.Name()+note)
		if r.err != nil {
			failures++
			fmt.Fprintf(stderr, "interop: %s: %v\n", c.Name(), r.err)
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%d instances, %d of them differ or fail\n", len(cases), failures)
	if failures > 0 {
		return fmt.Errorf("%d of %d instances differ or fail", failures, len(cases))
	}
	return nil
}

// result is what happened to one instance.
type result struct {
	crate, ours          time.Duration
	size                 int
	equal, goOK, crateOK bool
	err                  error
}

func (r result) row() string {
	yes := map[bool]string{true: "yes", false: "no"}
	ms := func(d time.Duration) string { return d.Round(time.Millisecond).String() }
	return strings.Join([]string{ms(r.crate), ms(r.ours), fmt.Sprint(r.size), yes[r.equal], yes[r.goOK], yes[r.crateOK]}, "\t")
}

// exchange proves a case on both sides and verifies each proof on the other.
func exchange(ctx context.Context, rust rust, c interop.Case) (r result) {
	start := time.Now()
	data, err := rust.prove(ctx, c)
	if err != nil {
		r.err = err
		return r
	}
	r.crate, r.size = time.Since(start), len(data)
	theirs, err := interop.Decode(data)
	if err != nil {
		r.err = fmt.Errorf("the crate's proof: %w", err)
		return r
	}
	err = c.Verify(ctx, theirs)
	r.goOK = err == nil
	r.err = errors.Join(r.err, expect(c, "Go on the crate's proof", err))

	start = time.Now()
	ours, err := c.Prove(ctx, prove.Options{})
	if err != nil {
		r.err = errors.Join(r.err, fmt.Errorf("Go cannot prove: %w", err))
		return r
	}
	r.ours = time.Since(start)
	difference, err := interop.Difference(ours, theirs)
	if err == nil && difference != "" {
		err = errors.New(difference)
	}
	if err != nil {
		r.err = errors.Join(r.err, fmt.Errorf("Go's proof differs from the crate's: %w", err))
	}
	r.equal = err == nil

	err = rust.verify(ctx, c, ours)
	r.crateOK = err == nil
	r.err = errors.Join(r.err, expect(c, "the crate on Go's proof", err))

	// Both sides must refuse the same proof with another nonce.
	ours.Proof.ProofOfWork++
	if rust.verify(ctx, c, ours) == nil {
		r.err = errors.Join(r.err, errors.New("the crate accepts a changed nonce"))
	}
	if c.Verify(ctx, ours) == nil {
		r.err = errors.Join(r.err, errors.New("Go accepts a changed nonce"))
	}
	return r
}

// expect complains if a verifier's verdict is not the case's.
func expect(c interop.Case, who string, verdict error) error {
	switch {
	case c.Refused && verdict == nil:
		return fmt.Errorf("%s: accepted, which was not expected", who)
	case !c.Refused && verdict != nil:
		return fmt.Errorf("%s: %w", who, verdict)
	default:
		return nil
	}
}

// rust is the Rust program.
type rust struct{ program string }

func (r rust) run(ctx context.Context, command string, c interop.Case, stdin []byte) ([]byte, error) {
	cmd := exec.CommandContext(ctx, r.program, append([]string{command}, c.Flags()...)...)
	cmd.Stdin = bytes.NewReader(stdin)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("the crate's program: %s: %w: %s", command, err, strings.TrimSpace(stderr.String()))
	}
	return out, nil
}

func (r rust) prove(ctx context.Context, c interop.Case) ([]byte, error) {
	return r.run(ctx, "prove", c, nil)
}

func (r rust) verify(ctx context.Context, c interop.Case, s interop.Sealed) error {
	data, err := s.Encode()
	if err != nil {
		return err
	}
	_, err = r.run(ctx, "verify", c, data)
	return err
}

// writeGolden writes the crate's proofs of instances as data files.
func writeGolden(ctx context.Context, rust rust, folder string, cases []interop.Case) error {
	for _, c := range cases {
		data, err := rust.prove(ctx, c)
		if err != nil {
			return fmt.Errorf("%s: %w", c.Name(), err)
		}
		packed, err := interop.Pack(data)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, c.GoldenFile()), packed, 0o644); err != nil {
			return err
		}
	}
	return nil
}
