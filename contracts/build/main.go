// Command build compiles the Cairo contracts of a project into the classes that are checked in.
//
//	go run ./contracts/build [-project contracts] [-out contracts/artifacts] [-check]
//	go run ./contracts/build [-project contracts] -test [-all] [-filter part-of-a-name]
//
// Every module marked #[starknet::contract] under src becomes <Name>.sierra.json and <Name>.casm.json, compact and free
// of debug information, so that the same source gives the same bytes everywhere. With -check nothing is written: it fails
// when the source is not formatted, or when what is in the folder differs from what the source gives. With -test the
// project's own tests run, and nothing is compiled to classes; the few that take long are marked #[ignore] in the source
// and run with -all.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/sage-network/sage-node/internal/toolchain"
)

func main() {
	project := flag.String("project", "contracts", "folder of the Cairo project")
	out := flag.String("out", "", "folder of the classes (default: artifacts in the project)")
	check := flag.Bool("check", false, "compare with what is there, write nothing")
	jobs := flag.Int("jobs", 2, "contracts compiled at a time")
	test := flag.Bool("test", false, "run the project's tests")
	all := flag.Bool("all", false, "with -test: the long ones too")
	filter := flag.String("filter", "", "with -test: only tests whose name contains this")
	flag.Parse()
	if *out == "" {
		*out = filepath.Join(*project, "artifacts")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	switch {
	case flag.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q; see -help", flag.Arg(0))
	case *test && *check:
		err = errors.New("-test and -check are two runs")
	case !*test && (*all || *filter != ""):
		err = errors.New("-all and -filter go with -test")
	case *test:
		err = runTests(ctx, *project, *all, *filter, os.Stdout, os.Stderr)
	default:
		if *check {
			err = checkFormat(ctx, *project, os.Stdout, os.Stderr)
		}
		// Both are told, so that one run shows all that is wrong.
		err = errors.Join(err, run(ctx, *project, *out, *check, *jobs))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "contracts:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, project, out string, check bool, jobs int) error {
	found, err := findContracts(project)
	if err != nil {
		return err
	}
	compile, err := toolchain.Ensure(ctx, toolchain.Compile, os.Stderr)
	if err != nil {
		return err
	}
	lower, err := toolchain.Ensure(ctx, toolchain.SierraCompile, os.Stderr)
	if err != nil {
		return err
	}
	files := make([]map[string][]byte, len(found))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(jobs)
	for i, c := range found {
		group.Go(func() (err error) {
			files[i], err = compiler{compile, lower}.class(ctx, project, c)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	wanted := map[string][]byte{}
	for _, f := range files {
		for name, content := range f {
			wanted[name] = content
		}
	}
	if check {
		return compare(out, wanted)
	}
	return replace(out, wanted)
}

type compiler struct{ compile, lower string }

// class compiles one contract and returns its two files by name.
func (c compiler) class(ctx context.Context, project string, con source) (map[string][]byte, error) {
	work, err := os.MkdirTemp("", "sage-class-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	sierra, casm := filepath.Join(work, "sierra.json"), filepath.Join(work, "casm.json")
	for _, args := range [][]string{
		{c.compile, project, sierra, "--contract-path", con.path},
		{c.lower, sierra, casm},
	} {
		if out, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%s: %s: %w\n%s", con.path, filepath.Base(args[0]), err, out)
		}
	}
	files := map[string][]byte{}
	for path, kind := range map[string]string{sierra: "sierra", casm: "casm"} {
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if files[con.name+"."+kind+".json"], err = normalise(raw); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", con.path, kind, err)
		}
	}
	return files, nil
}

func compare(folder string, wanted map[string][]byte) error {
	var errs []error
	for name, content := range wanted {
		have, err := os.ReadFile(filepath.Join(folder, name))
		switch {
		case errors.Is(err, os.ErrNotExist):
			errs = append(errs, fmt.Errorf("%s is missing", name))
		case err != nil:
			errs = append(errs, err)
		case !bytes.Equal(have, content):
			errs = append(errs, fmt.Errorf("%s is not what the source gives", name))
		}
	}
	old, err := artifacts(folder)
	if err != nil {
		return err
	}
	for _, name := range old {
		if wanted[name] == nil {
			errs = append(errs, fmt.Errorf("%s belongs to no contract", name))
		}
	}
	if len(errs) > 0 {
		errs = append(errs, fmt.Errorf("run: go run ./contracts/build"))
	}
	return errors.Join(errs...)
}

// replace makes the folder hold exactly the wanted classes.
func replace(folder string, wanted map[string][]byte) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	old, err := artifacts(folder)
	if err != nil {
		return err
	}
	for _, name := range old {
		if wanted[name] == nil {
			if err := os.Remove(filepath.Join(folder, name)); err != nil {
				return err
			}
		}
	}
	for name, content := range wanted {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func artifacts(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".sierra.json") || strings.HasSuffix(e.Name(), ".casm.json") {
			names = append(names, e.Name())
		}
	}
	return names, err
}
