package main

import (
	"fmt"
	"io"
	"math"
	"runtime"
	"runtime/debug"
	"slices"
	"text/tabwriter"
)

const mebibyte = 1 << 20

func newTable(w io.Writer) *tabwriter.Writer {
	return tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
}

// report prints the tables; the last line sums them up.
func (b *bench) report(w io.Writer) error {
	fmt.Fprintf(w, "%s on %s/%s, %d processors, load now %s, %d repetitions\n",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), load(), b.repeat)
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				fmt.Fprintf(w, "revision %s\n", s.Value)
			}
		}
	}
	for _, m := range b.machines {
		fmt.Fprintf(w, "%d threads: memory %.1f GB/s copied, Blake2s %.0f M compressions/s\n",
			m.threads, m.bandwidth/1e9, m.hashes/1e6)
	}
	if err := b.comparison(w); err != nil {
		return err
	}
	if err := b.phases(w); err != nil {
		return err
	}
	if err := b.sizes(w); err != nil {
		return err
	}
	sum, worst := 0.0, math.Inf(1)
	for i := range b.results {
		ratio := b.results[i].ratio()
		sum += math.Log(ratio)
		worst = min(worst, ratio)
	}
	_, err := fmt.Fprintf(w, "geomean %.2f worst %.2f\n", math.Exp(sum/float64(len(b.results))), worst)
	return err
}

func (b *bench) comparison(w io.Writer) error {
	fmt.Fprintln(w, "\nProving, medians; verification, fastest of five in the median process")
	t := newTable(w)
	fmt.Fprintln(t, "row\tthreads\tStwo s\tours s\tStwo / ours\tStwo MiB\tours MiB\tStwo verifies ms\tours ms\tStwo columns s\tours s\tStwo keeps coefficients\t")
	for i := range b.results {
		r := &b.results[i]
		s, o := median(r.stwo), median(r.ours)
		fmt.Fprintf(t, "%s\t%d\t%.3f\t%.3f\t%.2f\t%d\t%d\t%.2f\t%.2f\t%.2f\t%.2f\t%v\t\n", r.row.name, r.threads,
			s.ProveSeconds, o.ProveSeconds, r.ratio(), s.PeakRSS/mebibyte, o.PeakRSS/mebibyte,
			1e3*s.VerifySeconds, 1e3*o.VerifySeconds, s.TraceSeconds, o.TraceSeconds, r.stored)
	}
	return t.Flush()
}

func (b *bench) phases(w io.Writer) error {
	for i := range b.results {
		r := &b.results[i]
		m := median(r.ours)
		least, err := bounds(r.row.c, m.Nonce)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "\n%s, %d threads: our phases beside what memory and hashing alone would take\n", r.row.name, r.threads)
		t := newTable(w)
		fmt.Fprintln(t, "phase\tms\tbound ms\tbound / time\tby\t")
		for _, p := range m.Phases {
			if isGeneration(r.row.c, p.Name) {
				continue
			}
			bound, by := b.machines[slices.Index(b.threads, r.threads)].seconds(least[p.Name])
			share := "–"
			if bound > 0 {
				share = fmt.Sprintf("%.2f", bound/p.Seconds)
			}
			fmt.Fprintf(t, "%s\t%.1f\t%.1f\t%s\t%s\t\n", p.Name, 1e3*p.Seconds, 1e3*bound, share, by)
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) sizes(w io.Writer) error {
	fmt.Fprintln(w, "\nSize of a proof in bytes: JSON; raw words and hashes; packed felts; those compressed")
	t := newTable(w)
	fmt.Fprintln(t, "row\tblowup\tqueries\tfold step\twork\tJSON\traw\tfelts\tpacked\tcompressed\t")
	for i := range b.results {
		r := &b.results[i]
		if r.threads != b.threads[0] {
			continue
		}
		s, c := median(r.ours).Sizes, r.row.c.Config
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t\n", r.row.name, 1<<c.LogBlowup, c.Queries, c.FoldStep, c.PowBits,
			s.JSON, s.Raw, s.Felts, feltBytes*s.Felts, s.Compressed)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w)
	return err
}
