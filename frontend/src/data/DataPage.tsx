// What is loaded: put files in, see what became of each line, go back to an earlier version.
import { PageHead } from "../ui/Parts";
import { ChecksCard } from "./ChecksCard";
import { RejectsCard } from "./RejectsCard";
import { UploadCard } from "./UploadCard";
import { VersionsCard } from "./VersionsCard";

export function DataPage() {
  return (
    <div className="page">
      <PageHead
        title="Data"
        lead="CSV exports become a new, checked version. A load that fails changes nothing, and every version can be gone back to."
      />
      <UploadCard />
      <VersionsCard />
      <ChecksCard />
      <RejectsCard />
    </div>
  );
}
