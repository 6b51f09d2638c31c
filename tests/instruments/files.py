"""Files as instruments write them, typed anew with other values."""

NBSP = "\u00a0"


def lines(*each: str) -> str:
    return "\n".join(each)


NC_200 = lines(
    "Viability and Cell Count Assay; ;", "Image;20260302-0012-c-P2;", "Operator;tang;",
    "Viability (%);93.1;", "Live (cells/ml);1.12E6;", "Dead (cells/ml);8.30E4;",
    "Total (cells/ml);1.20E6;", " ; ;", "Estimated cell diameter (um);14.1;",
    "Sample Volume (ul);200.0;", "Dilution Volume (ul);0.000;", "Multiplication factor;1.000;",
    ";", ";", "Instrument type;NucleoView NC-200", "Instrument s/n;s/n 9000201099909999",
    "Date time;20260302 163016", "Time zone offset;2", "csv file version;2", "", "//[ECEC5A41]",
).replace("\n", "\r\n")  # fmt: skip
NC_200_REPORT = "".join(
    f"{label}\t{value}\r\n"
    for label, value in [
        ("Source ID:", "20260302-00009"), ("Time (UTC):", "2026-03-02 09:49:29"),
        ("Sample ID:", "LMF260000011"), ("Instrument:", "S/N:99999999999"),
        ("Total (cells/ml):", "1.12E+06"), ("Live (cells/ml):", "9.28E+05"),
        ("Dead (cells/ml):", "1.90E+05"), ("Viability (%):", "83.0"), ("Dilution Factor:", "10"),
        ("Status:", "OK"),
    ]
)  # fmt: skip
NC_VIEW_HEAD = (
    "NAME,SAMPLE ID,TAGS,PROTOCOL,MEDIA,USER,OPERATOR,SIGNED BY,INSTRUMENT,STATUS,TOTAL (cells/ml),"
    "LIVE (cells/ml),DEAD (cells/ml),VIABILITY (%),DIAMETER (µm),AGGREGATES (%),DEBRIS INDEX,"
    "DILUTION FACTOR"
)
NC_VIEW_ROW = (
    f"20260302-00019,LMF260000011,,Count,Via2,na,chb,,S/N: 9002020102201902,OK,274{NBSP}000,"
    f"124{NBSP}000,150{NBSP}000,45.3,12.2,0,65,1"
)
NC_VIEW = f"{NC_VIEW_HEAD}\r\n{NC_VIEW_ROW}\r\n"
XR = lines(
    "Vi-CELL XR 2.06.3", "", "Sample ID : LMF260000011", "File name : P2.txt",
    "RunDate : 29 Sep 2025  5:21:32 AM", "Unit S/N : AW123456789", "", "Results:",
    "Viability (%) : 97.0", "Total cells / ml (x 10^6) : 90.2",
    "Total viable cells / ml (x 10^6) : 87.4", "", "Settings:", "Dilution : 20.00",
    "Internal Dilution : 2.400", "SizeData : 3,9,17,17,25",
)  # fmt: skip
BLU_HEAD = (
    '"Sample ID","Cell count","Viable cells","Total (x10^6) cells/mL","Viable (x10^6) cells/mL",'
    '"Viability (%)","Average diameter ({mu}m)","Analysis date/time","Reanalysis date/time",'
    '"Analysis by","Reanalysis by","Dilution","Wash"'
)
BLU_ROW = '"LMF260000011","1204","1108","0.75","0.69","92.03","16","9/20/2025 16:28","","tang","","1","Normal",""'


def blu(*rows: str, mu: str = "µ") -> str:
    return "\r\n".join([BLU_HEAD.format(mu=mu), *(rows or [BLU_ROW])]) + "\r\n"


CELLACA = lines(
    "Plate Name,Plate1,,,,,,,,,,,", "Dilution,2,,,,,,,,,,,", "Results Timestamp,5/20/25 12:25,,,,,,,,,,,",
    "Scanresult Timestamp,5/20/25 12:25,,,,,,,,,,,", "Instrument SN,MX-123-123,,,,,,,,,,,", ",,,,,,,,,,,,",
    ",,Row,Column,Well Name,Live Count,Live Concentration (E6),Viability (%),Dead Count,"
    "Dead Concentration (E6),Total Count,Total Concentration (E6),Errors",
    ",,0,0,1,24,0.51,94.44,15,0.03,154,0.54,",
)  # fmt: skip
MATRIX_HEAD = (
    "Well Name,Live Count,Live Cells/mL,Viability,Dead Count,Dead Cells/mL,Total Count,"
    "Total Cells/mL,Note:,Errors:"
)
MATRIX = f"{MATRIX_HEAD}\nP2-1,1165,2.28E+06,87.00%,177,3.43E+05,1342,2.62E+06,,\n"
CEDEX = (
    "Cedex ID,Sample identifer,Dilution,Date finished,Viability,Viable Cell Conc.,Dead Cell Conc.,"
    "Total Cell Conc.\n3714019,LMF260000011,0.5,6-18-2025 7:46:47 AM,95.29306,4529542.5,"
    "223733.2344,4753276\n"
)
COUNTERS = {
    "nc-200": NC_200,
    "nc-200-report": NC_200_REPORT,
    "nc-view": NC_VIEW,
    "vi-cell-xr": XR,
    "vi-cell-blu": blu(),
    "cellaca": CELLACA,
    "matrix": MATRIX,
    "cedex-hires": CEDEX,
}
TINYTAG = lines(
    ",Time,1,2", "S/N,,000117,000117", "Type,,TGU-4500,TGU-4500", "Description,,Box 1,Box 1",
    "Property,,Temperature,Humidity", "1,2026-03-02 06:00:00,4.1,53.4",
    "2,2026-03-02 06:10:00,4.3,53.4", "3,2026-03-02 06:20:00,4.2,53.4",
)  # fmt: skip
ROTRONIC = lines(
    "[#I]Device Description,,,", "Box 1  ,,,", ",,,", "[#S]Device Information,,,",
    "Serial Number = 000117,,,", "Log Interval = 00:10:00,,,", ",,,", "[#2],,,",
    "Temperature = °C,,,", "High Alarm Threshold = 8,,,", ",,,", "[#H],,,",
    "Date,Time,Humidity,Temperature", ",,,", "[#D],,,", "02/03/2026,06:00:00,37.9,4.1",
    "02/03/2026,06:10:00,36.9,4.3", "02/03/2026,06:20:00,36,4.2",
)  # fmt: skip
TANDD = lines(
    ",Date/Time,No.1,No.2,", ",Date/Time,ch1,ch2,", ",,°C,%,", "2026-03-02 06:00:00,46083.25,4.1,51,",
    "2026-03-02 06:10:00,46083.256,4.3,52,", "2026-03-02 06:20:00,46083.26,4.2,,",
)  # fmt: skip
ELITECH = lines(
    "Model,RC-5", "Serial Number,000117", "No.,Time,Temperature(°F)", "1,2026-03-02 06:00:00,39.38",
    "2,2026-03-02 06:10:00,39.74", "3,2026-03-02 06:20:00,39.56",
)  # fmt: skip
PLAIN = "Serial,000117\nTime,Temperature (°C)\n2026-03-02 06:00,4.1\n2026-03-02 06:10,4.3\n2026-03-02 06:20,4.2\n"
GERMAN = "Serial;000117\nTime;Temperature (°C)\n02.03.2026 06:20;4,2\n02.03.2026 06:10;4,3\n02.03.2026 06:00;4,1\n"
FREEZER = (
    "Serial,000117\nTime,Chamber (°C),Sample (°C)\n2026-03-02 06:00,1.0,4.1\n"
    "2026-03-02 06:10,0.0,4.3\n2026-03-02 06:20,-1.0,4.2\n"
)
FREEZER_GERMAN = (
    "Serial;000117\nTime;Chamber (°C);Sample (°C)\n02.03.2026 06:00:00;1,0;4,1\n"
    "02.03.2026 06:10:00;0,0;4,3\n02.03.2026 06:20:00;-1,0;4,2\n"
)
LOGGERS = {
    "freezer-comma": FREEZER,
    "freezer-semicolon": FREEZER_GERMAN,
    "tinytag": TINYTAG,
    "rotronic": ROTRONIC,
    "tandd": TANDD,
    "elitech": ELITECH,
    "plain-comma": PLAIN,
    "plain-semicolon": GERMAN,
}


def plate(
    wells: dict[str, tuple[str, str, str, str]], *, date: str = "3/2/2026", time: str = "9:10:29 PM"
) -> str:
    """A Gen5 report: by well its ID, its name, its EU/mL and its recovery."""

    def block(place: int, label: str, *, letter: bool = True) -> list[str]:
        told = []
        for row in "ABCDEFGH":
            cells = [wells.get(f"{row}{n}", ("",) * 4)[place] for n in range(1, 13)]
            told.append("\t".join([row if letter else "", *cells, label]))
        return told

    head = "\t" + "\t".join(str(n) for n in range(1, 13))
    layout = [
        line
        for pair in zip(block(0, "Well ID"), block(1, "Name", letter=False), strict=True)
        for line in pair
    ]
    results = [
        line
        for pair in zip(block(2, "EU/mL"), block(3, "Recovery", letter=False), strict=True)
        for line in pair
    ]
    return "\n".join([
        "Software Version\t3.12.08", "", "Plate Number\tPlate 1", f"Date\t{date}", f"Time\t{time}",
        "Reader Type:\tELx808", "Reader Serial Number:\t1103055", "", "Procedure Details", "",
        "Plate Type\t96 WELL PLATE", "", "Layout", head, *layout, "", "Results", head, *results, "",
    ])  # fmt: skip


def wells(sample: str = "LMS260000018", one: str = "0.052", two: str = "0.055", recovery: str = "98") -> dict[str, tuple[str, str, str, str]]:  # fmt: skip
    return {
        "A1": ("STD1", "", "5.01", ""), "A2": ("BLK", "", "<0.005", ""),
        "B3": ("SPL1", sample, one, recovery), "C3": ("SPL1", sample, two, recovery),
    }  # fmt: skip


def softmax(sample: str = "LMS260000018", value: str = "0.053", recovery: str = "102.5") -> str:
    return "\n".join([
        "##BLOCKS= 2", "Group: Standards\t1", "Sample\tConcentration\tWells\tValues\tMeanValue",
        "St01\t5\tA1\t0.044\t0.043", "~End",
        "Group: Unknowns\t1", "Sample\tWells\tValues\tR\tResult\tMeanResult\tCV\tRecovery",
        f"{sample}\tB1\t0.512\t\t{value}\t{value}\t2.1\t{recovery}",
        f"\tB2\t0.515\t\t{value}\t\t\t", "~End",
        "Group: Controls\t1", "Sample\tWells\tValues\tR\tResult\tMeanResult\tCV\tRecovery",
        "Pos\tC1\t0.9\t\t0.49\t0.49\t1\t", "~End", "Original Filename: run; Date Last Saved: 3/2/2026",
    ]) + "\n"  # fmt: skip


GATE = "Cells/Singlets/MSC"
CYTOMETER = {"CD73": "99.2", "CD90": "98.4", "CD105": "97.1", "CD45": "0.31"}


def flowjo(
    sample: str = "LMS260000018",
    events: str = "25311",
    values: dict[str, str] = CYTOMETER,
    gate: str = GATE,
) -> str:
    heads = [f"{gate} | Count", *(f"{gate}/{name}+ | Freq. of Parent (%)" for name in values)]
    cells = ",".join([events, *values.values()])
    rest = "," * len(values)
    return "\n".join([
        "," + ",".join(heads), f"Specimen_001_{sample}_001.fcs,{cells}",
        f"Specimen_001_{sample}_FMO.fcs,{events},{','.join('0.4' for _ in values)}",
        f"Mean,{rest}", f"SD,{rest}",
    ]) + "\n"  # fmt: skip


def facsdiva(sample: str = "LMS260000018", events: str = "25311") -> str:
    return (
        "Specimen Name,Tube Name,Record Date,MSC #Events,CD73+ %Parent,CD45+ %Parent\r\n"
        f'Specimen_001,{sample},"Mar 2, 2026 9:10:29 PM",{events},99.2,0.3\r\n'
        'Specimen_001,Unstained,"Mar 2, 2026 9:01:29 PM",25000,0.2,0.1\r\n'
    )


MEASURED = {
    "gen5": plate(wells()), "softmax": softmax(), "flowjo": flowjo(), "facsdiva": facsdiva(),
}  # fmt: skip
