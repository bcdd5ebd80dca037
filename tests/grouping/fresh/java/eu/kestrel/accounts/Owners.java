package eu.kestrel.accounts;

import java.time.LocalDate;
import java.util.Map;

/** Who owns an account: a person, or a company with its own owners. */
final class Owners {

    sealed interface Owner permits Person, Company {}

    record Person(String name, LocalDate born) implements Owner {}

    record Company(String name, String parent) implements Owner {}

    private final Map<String, Owner> owners = Map.of(
        "o-1",
        new Person("A. Weber", LocalDate.of(1980, 2, 1)),
        "o-2",
        new Company("Harbour Holding", "o-3"),
        "o-3",
        new Company("Harbour Group", "o-2"),
        "o-4",
        new Company("Selfmade Ltd", "o-4")
    );

    LocalDate birthday(String id) {
        return ((Person) owners.get(id)).born();
    }

    String ultimateOwner(String id) {
        Owner owner = owners.get(id);
        if (owner instanceof Company company) {
            return parentOf(company);
        }
        return ((Person) owner).name();
    }

    private String parentOf(Company company) {
        return ultimateOwner(company.parent());
    }
}
